import { randomUUID } from "node:crypto";
import pg from "pg";

const channel = "parley_commits";

/** For how long rings are gathered, in milliseconds. */
const gatherMs = 25;
const reconnectMs = 1_000;
/** A notification has less than 8,000 bytes. */
const maxIds = 200;

/**
 * By the doorbell, a gateway tells the others on its database which workspaces have new events. It has a connection of its own: NOTIFY in
 * the transaction of a write would make all writes of the server wait for one another. If a ring is lost, the next poll finds the events.
 */
export class Doorbell {
  readonly #config: pg.ClientConfig;
  readonly #hear: (workspaceId: string) => void;
  readonly #self = randomUUID();
  readonly #rung = new Set<string>();
  #client?: pg.Client;
  /** Set from the first ring until it has been sent. */
  #timer?: NodeJS.Timeout | undefined;
  #sent?: Promise<void>;
  #closed = false;

  /** `hear` is called with the id of a workspace when another gateway has rung. */
  constructor(config: pg.ClientConfig, hear: (workspaceId: string) => void) {
    this.#config = config;
    this.#hear = hear;
    void this.#connect();
  }

  ring(workspaceId: string): void {
    this.#rung.add(workspaceId);
    this.#timer ??= this.#gather();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#sent;
    await this.#client?.end().catch(ignore);
  }

  async #connect(): Promise<void> {
    if (this.#closed) return;
    const client = new pg.Client({ ...this.#config, keepAlive: true });
    // The connection ends after this error.
    client.on("error", ignore);
    client.once("end", () => {
      if (this.#client === client) this.#client = undefined;
      setTimeout(() => void this.#connect(), reconnectMs).unref();
    });
    client.on("notification", ({ payload = "" }) => {
      const [from, ...workspaceIds] = payload.split(",");
      if (from !== this.#self) for (const id of workspaceIds) this.#hear(id);
    });
    try {
      await client.connect();
      await client.query(`LISTEN ${channel}`);
      if (this.#closed) return void client.end().catch(ignore);
      this.#client = client;
    } catch {
      client.end().catch(ignore);
    }
  }

  #gather(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#sent = this.#send();
    }, gatherMs).unref();
  }

  /** One notification is sent at a time. Rings that come meanwhile go together in the next. */
  async #send(): Promise<void> {
    const workspaceIds = [...this.#rung];
    this.#rung.clear();
    for (let at = 0; at < workspaceIds.length; at += maxIds) {
      const payload = [this.#self, ...workspaceIds.slice(at, at + maxIds)].join();
      await this.#client?.query("SELECT pg_notify($1, $2)", [channel, payload]).catch(ignore);
    }
    this.#timer = this.#rung.size > 0 && !this.#closed ? this.#gather() : undefined;
  }
}

function ignore(): void {}
