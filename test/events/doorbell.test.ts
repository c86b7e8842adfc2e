import { describe, expect, test } from "vitest";
import { connect } from "../../src/database/open.ts";
import { ownConnection } from "../../src/database/own-connection.ts";
import { onPostgres, testDatabase } from "../support/database.ts";
import { startGateway } from "../support/gateway.ts";
import { openStream } from "../support/stream.ts";

// Two gateways on one PostgreSQL: one is followed, the other one is written to.

const neverMs = 10 * 60 * 1000;

const rename = `mutation { getOrCreateConversation(input: { customer: { externalId: "a", name: "A" } }) { outcome } }`;

async function newPair(eventPollMs: number) {
  const { connection, pool } = await testDatabase();
  const doorbell = ownConnection(pool);
  const heard = await startGateway({ eventPollMs, doorbell });
  const second = connect(connection);
  const other = await startGateway({ db: second.db, doorbell, eventPollMs: neverMs });
  const stream = await openStream({ ...heard, query: "subscription { events { nodes { type } } }" });
  await stream.next();
  const listening = async () => {
    const { rows } = await pool.query<{ pid: number }>(
      "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query ~ '^(LISTEN|SELECT pg_notify)'",
    );
    return rows.map(({ pid }) => pid);
  };
  return {
    stream,
    listening,
    change: () => other.post({ query: rename }, { "x-api-key": heard.key }),
    close: second.close,
  };
}

describe.runIf(onPostgres)("a gateway", () => {
  test("hears from another one that something was committed, and need not ask", async () => {
    const { stream, listening, change, close } = await newPair(neverMs);
    await expect.poll(async () => (await listening()).length, { timeout: 10_000 }).toBeGreaterThanOrEqual(2);
    expect((await change()).body.errors).toBeUndefined();
    expect(await stream.next()).toMatchObject({
      data: { events: { nodes: [{ type: "CUSTOMER_CREATED" }, {}, {}, {}] } },
    });
    await close();
  });

  test("asks by itself when the bell is lost, and listens again", async () => {
    const { pool } = await testDatabase();
    const { stream, listening, change, close } = await newPair(100);
    await expect.poll(async () => (await listening()).length, { timeout: 10_000 }).toBeGreaterThanOrEqual(2);
    const lost = await listening();
    for (const pid of lost) await pool.query("SELECT pg_terminate_backend($1)", [pid]);
    await change();
    expect(await stream.next()).toMatchObject({
      data: { events: { nodes: [{ type: "CUSTOMER_CREATED" }, {}, {}, {}] } },
    });
    const isAnother = (pid: number) => !lost.includes(pid);
    await expect
      .poll(async () => (await listening()).filter(isAnother).length, { timeout: 10_000 })
      .toBeGreaterThanOrEqual(2);
    await close();
  });
});
