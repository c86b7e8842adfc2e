import { setTimeout as after } from "node:timers/promises";
import pg from "pg";
import { expect, onTestFinished } from "vitest";
import type { Outcome } from "./traffic.ts";

export const unavailable = { refused: "DATABASE_UNAVAILABLE" };

/** The longest time of an answer if each wait is a second: one for a connection, one of silence on it, and more for a busy machine. */
export const patienceMs = 5_000;

/** The result of a promise, if it resolves within `patienceMs`. */
export function soon<T>(work: Promise<T>): Promise<T | "too late"> {
  return Promise.race([work, after(patienceMs, "too late" as const, { ref: false })]);
}

/** A connection that the gateway does not know of, until the end of the test. */
export async function connectAside(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

/** Keeps the conversation from being changed, and so from getting children, until `release`. */
export async function holdConversation(url: string, globalId: string) {
  const client = await connectAside(url);
  await client.query("BEGIN");
  await client.query(`SELECT FROM "Conversation" WHERE id = $1 FOR UPDATE`, [globalId.replace("conversation_", "")]);
  return {
    async release() {
      await client.query("COMMIT");
    },
  };
}

/** The server processes of the gateway that wait for a lock, as soon as there are this many. */
export async function waiting(client: pg.Client, count: number): Promise<number[]> {
  const look = async () => {
    const { rows } = await client.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE application_name = 'parley' AND wait_event_type = 'Lock' ORDER BY pid`,
    );
    return rows.map(({ pid }) => pid);
  };
  await expect.poll(async () => (await look()).length, { timeout: 10_000, interval: 20 }).toBe(count);
  return look();
}

/** The connection that was lost may be handed out once more before its end is noticed. */
export async function succeeds(send: () => Promise<Outcome>): Promise<void> {
  await expect.poll(send, { timeout: 10_000 }).toHaveProperty("id");
}

/** Makes every transaction that adds a conversation do this when it commits. */
export async function onCommit(client: pg.Client, statement: string): Promise<void> {
  await client.query(
    `CREATE FUNCTION on_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${statement}; RETURN NULL; END $$;
     CREATE CONSTRAINT TRIGGER on_commit AFTER INSERT ON "Conversation" DEFERRABLE INITIALLY DEFERRED
     FOR EACH ROW EXECUTE FUNCTION on_commit()`,
  );
}

export async function notOnCommit(client: pg.Client): Promise<void> {
  await client.query(
    'SELECT pg_advisory_unlock_all(); DROP TRIGGER on_commit ON "Conversation"; DROP FUNCTION on_commit',
  );
}
