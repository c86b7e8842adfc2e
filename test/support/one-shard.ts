import { AsyncLocalStorage } from "node:async_hooks";
import pg from "pg";
import { plain } from "../../src/database/plain-parameters.ts";

/** Set while a document is answered: the statements are the gateway's, and not the test's own. */
export const answering = new AsyncLocalStorage<true>();
let answered = 0;

export function answeringDocument<Answer>(answer: () => Answer): Answer {
  answered++;
  return answering.run(true, answer);
}

interface Sent {
  text: string;
  values: unknown[];
}

/** It may follow a comment, as in statements without a name. */
const planned = /^\s*(?:\/\*.*?\*\/\s*)?(SELECT|INSERT|UPDATE|DELETE|WITH)\b/i;

/** The statements that the gateway has sent to a cluster, each once, to read their plans in the end. */
export class OneShard {
  readonly #sent = new Map<string, unknown[]>();

  note({ text, values }: Sent): void {
    if (answering.getStore() && planned.test(text) && !this.#sent.has(text)) this.#sent.set(text, values);
  }

  /** Throws unless each of them is answered by one shard or none, or if documents were answered without a statement. */
  async expect(pool: pg.Pool): Promise<void> {
    if (answered > 0 && this.#sent.size === 0) throw new Error(`No statement of ${answered} documents was seen.`);
    const many: string[] = [];
    for (const [text, values] of this.#sent) {
      // The values are filled in, because a part of the plan that has some of the parameters alone would not know the types of the others.
      const filled = plain(text).replaceAll(/\$(\d+)/g, (_, n) => literal(values[Number(n) - 1]));
      const { rows } = await pool.query(`EXPLAIN (FORMAT JSON) ${filled}`);
      const plan = rows[0]["QUERY PLAN"];
      const tasks = tasksOf(plan);
      if (tasks > 1) many.push(`${tasks} shards: ${text}`);
      else if (goesToAllWorkers(plan)) many.push(`all workers: ${text}`);
    }
    if (many.length > 0)
      throw new Error(`${many.length} of ${this.#sent.size} statements go to several shards:\n${many.join("\n")}`);
    console.log(`${this.#sent.size} statements, each answered by one shard`);
  }
}

/** Leaves enums as they are in answers. Prisma casts them to text in the statements by which tests make rows, and Citus refuses that. */
export function withoutCasts(query: unknown): unknown {
  const { text } = query as { text?: string };
  const at = /^(INSERT|UPDATE)/.test(text ?? "") ? (text as string).indexOf(" RETURNING ") : -1;
  if (!text || at < 0) return query;
  return Object.assign(query as object, { text: text.slice(0, at) + text.slice(at).replaceAll('"::text', '"') });
}

/** As node-postgres writes the values that the gateway sends: texts, numbers, and lists of them. */
function literal(value: unknown): string {
  if (value === null || value === undefined) return "NULL";
  if (!Array.isArray(value)) return pg.escapeLiteral(value instanceof Date ? value.toISOString() : String(value));
  const items = value.map((item) => (item === null ? "NULL" : JSON.stringify(String(item))));
  return pg.escapeLiteral(`{${items.join(",")}}`);
}

/**
 * If one part of a statement answers rows and another inserts them, every worker gets the statement, and all of them commit in two phases.
 */
function goesToAllWorkers(plan: unknown): boolean {
  const text = JSON.stringify(plan);
  return text.includes('"Subplans"') && text.includes("Citus INSERT ... SELECT");
}

/** The most tasks that a part of the plan has. */
function tasksOf(plan: unknown): number {
  if (typeof plan !== "object" || plan === null) return 0;
  const own = (plan as { "Task Count"?: number })["Task Count"] ?? 0;
  return Math.max(own, ...Object.values(plan).map(tasksOf));
}
