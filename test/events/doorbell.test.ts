import { randomUUID } from "node:crypto";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { connect } from "../../src/database/open.ts";
import { ownConnection } from "../../src/database/own-connection.ts";
import { Doorbell } from "../../src/events/doorbell.ts";
import { startNetwork } from "../faults/network.ts";
import { onPostgres, testDatabase } from "../support/database.ts";
import { fakeTimeouts } from "../support/fake-timeouts.ts";
import { startGateway } from "../support/gateway.ts";
import { openStream } from "../support/stream.ts";

// Two gateways on one PostgreSQL: one is followed, the other one is written to.

const neverMs = 10 * 60 * 1000;

const rename = `mutation { getOrCreateConversation(input: { customer: { externalId: "a", name: "A" } }) { outcome } }`;

async function newPair(eventPollMs: number) {
  const { connection, pool } = await testDatabase();
  const name = randomUUID();
  const doorbell = { ...ownConnection(pool), application_name: name };
  const heard = await startGateway({ eventPollMs, doorbell });
  const second = connect(connection);
  const other = await startGateway({ db: second.db, doorbell, eventPollMs: neverMs });
  const stream = await openStream({ ...heard, query: "subscription { events { nodes { type } } }" });
  await stream.next();
  /** The connections on which the two of them listen. */
  const listening = async () => {
    const { rows } = await pool.query<{ pid: number }>(
      "SELECT pid FROM pg_stat_activity WHERE application_name = $1 AND query ~ '^(LISTEN|SELECT pg_notify)'",
      [name],
    );
    return rows.map(({ pid }) => pid);
  };
  const bothListen = () => expect.poll(async () => (await listening()).length, { timeout: 10_000 }).toBe(2);
  await bothListen();
  return {
    stream,
    bothListen,
    async loseBells() {
      for (const pid of await listening()) await pool.query("SELECT pg_terminate_backend($1::int, 5000)", [pid]);
    },
    change: () => other.post({ query: rename }, { "x-api-key": heard.key }),
    close: second.close,
  };
}

describe.runIf(onPostgres)("a gateway", () => {
  const happened = { data: { events: { nodes: [{ type: "CUSTOMER_CREATED" }, {}, {}, {}] } } };

  test("hears of the commits of another gateway without polling", async () => {
    const { stream, change, close } = await newPair(neverMs);
    expect((await change()).body.errors).toBeUndefined();
    expect(await stream.next()).toMatchObject(happened);
    await close();
  });

  test("polls when a ring is lost", async () => {
    const { stream, loseBells, change, close } = await newPair(100);
    await loseBells();
    await change();
    expect(await stream.next()).toMatchObject(happened);
    await close();
  });

  test("listens and rings again after its connection was lost, without polling", async () => {
    const { stream, loseBells, bothListen, change, close } = await newPair(neverMs);
    await loseBells();
    await bothListen();
    await change();
    expect(await stream.next()).toMatchObject(happened);
    await close();
  });
});

describe.runIf(onPostgres)("a doorbell", () => {
  /** A doorbell whose first ring is stuck on its way to the database, and what is heard there. */
  async function newStuck() {
    const { connection, pool } = await testDatabase();
    const network = await startNetwork(connection.connectionString as string);
    const heard: string[][] = [];
    const listener = await pool.connect();
    onTestFinished(() => listener.release(true));
    listener.on("notification", ({ payload = "" }) => {
      const [from, ...workspaceIds] = payload.split(",");
      if (from !== "test") heard.push(workspaceIds);
    });
    await listener.query("LISTEN parley_commits");
    let isListening = false;
    const bell = new Doorbell({ connectionString: network.url }, () => {
      isListening = true;
    });
    const call = async () => {
      await pool.query("SELECT pg_notify('parley_commits', 'test,called')");
      return isListening;
    };
    await expect.poll(call, { timeout: 10_000 }).toBe(true);
    fakeTimeouts();
    network.freezeAt("parley_commits");
    const ring = (workspaceId: string) => {
      bell.ring(workspaceId);
      vi.advanceTimersByTime(25);
    };
    ring("a");
    return { bell, ring, heard, network };
  }

  test("rings once at a time: rings that come meanwhile go together with the next", async () => {
    const { bell, ring, heard, network } = await newStuck();
    for (const workspaceId of ["b", "c", "d"]) ring(workspaceId);
    await network.thaw();
    await expect.poll(() => heard.at(0)).toEqual(["a"]);
    await expect
      .poll(() => {
        vi.advanceTimersByTime(25);
        return heard.slice(1);
      })
      .toEqual([["b", "c", "d"]]);
    await bell.close();
  });

  test("waits for its last ring when it is closed", async () => {
    const { bell, heard, network } = await newStuck();
    const closed = bell.close();
    await network.thaw();
    await closed;
    await expect.poll(() => heard).toEqual([["a"]]);
  });
});
