import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type pg from "pg";

/** The most characters that all named statements have together. PostgreSQL keeps about 130 bytes for each, on every connection. */
const maxNamed = 256 * 1024;

/** A longer statement gets no name. */
const maxLength = 16 * 1024;

/** The number of statements that are remembered although they were sent only once. */
const maxSeen = 2_000;

const preparable = /^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b/i;

/** pg takes this for a statement without a name. */
const unnamed = "";

/** A statement that begins with this comment never gets a name, so PostgreSQL plans it anew for its values each time. */
export const adHoc = "/* ad hoc */ ";

/** A connection that forgets its named statements sends this, whatever operation it then serves. */
export const forgetStatements = "DEALLOCATE ALL";

/**
 * Names the statements of a pool when they are sent a second time. Then PostgreSQL parses and plans each once per connection. If there is
 * no room for another name, all names are dropped and given anew. So nobody can use up the names.
 */
export class StatementNames {
  #generation = 0;
  #length = 0;
  readonly #names = new Map<string, string>();
  readonly #seen = new LRUCache<string, true>({ max: maxSeen });
  readonly #generations = new WeakMap<pg.PoolClient, number>();

  constructor(pool: pg.Pool) {
    pool.on("acquire", (client) => this.#forgetOlder(client));
  }

  nameOf(text: string): string {
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    if (text.length > maxLength || text.startsWith(adHoc) || !preparable.test(text)) return unnamed;
    const digest = hash("sha256", text, "base64");
    if (!this.#seen.get(digest)) {
      this.#seen.set(digest, true);
      return unnamed;
    }
    if (this.#length + text.length > maxNamed) this.#begin();
    this.#length += text.length;
    const name = `p${this.#generation}_${this.#names.size}`;
    this.#names.set(text, name);
    return name;
  }

  #begin(): void {
    this.#generation++;
    this.#length = 0;
    this.#names.clear();
  }

  /** Before a connection is used again, it forgets the statements of earlier generations. */
  #forgetOlder(client: pg.PoolClient): void {
    const known = this.#generations.get(client) ?? this.#generation;
    this.#generations.set(client, this.#generation);
    if (known === this.#generation) return;
    (client as unknown as { connection: { parsedStatements: object } }).connection.parsedStatements = {};
    client.query(forgetStatements).catch(ignore);
  }
}

/** If the connection is broken, its next statement fails and says so. */
function ignore(): void {}
