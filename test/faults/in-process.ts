import { once } from "node:events";
import type { AddressInfo } from "node:net";
import pg from "pg";
import { expect, onTestFinished } from "vitest";
import type { OpenDatabase } from "../../src/database/open.ts";
import { createKey } from "../../src/manage-keys.ts";
import { createGateway } from "../../src/server.ts";
import { clientKey, sender } from "./traffic.ts";
import { topConversation } from "./writes.ts";

/** A gateway on this database until the end of the test, a client of it, and a conversation to write under. */
export async function startGateway({ db, close }: Pick<OpenDatabase, "db" | "close">, keyCacheSeconds = 5) {
  const { key } = await createKey(db, clientKey);
  const server = createGateway({ db, keyCacheSeconds, graphiql: false, log: () => {} });
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  const send = sender(key, url);
  const parent = await send(topConversation("parent"));
  if (!("id" in parent)) throw new Error(JSON.stringify(parent));
  return { key, url, send, parentId: parent.id };
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
