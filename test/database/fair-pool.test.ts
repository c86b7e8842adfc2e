import type pg from "pg";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { FairPool, FairPoolConfig } from "../../src/database/fair-pool.ts";
import { connect } from "../../src/database/open.ts";
import { ClientHasLeft, isUnavailable } from "../../src/database/unavailable.ts";
import { beginUsage, currentUsage, type Usage } from "../../src/database/usage.ts";
import { onPostgres, testDatabase } from "../support/database.ts";
import { fakeTimeouts } from "../support/fake-timeouts.ts";

const size = 10;
let pool: FairPool;
const held: Held[] = [];
let finished = false;

interface Held {
  workspaceId: string | undefined;
  client: pg.PoolClient;
}

/** A request asks for a connection, and keeps it: one of its own unless `usage` is given. */
function ask(workspaceId?: string, usage: Usage = { ...beginUsage(), ...(workspaceId && { workspaceId }) }) {
  const asked = currentUsage
    .run(usage, () => pool.connect())
    .then((client) => {
      if (finished) client.release();
      else held.push({ workspaceId, client });
    });
  asked.catch(() => {});
  return asked;
}

const askMany = (count: number, workspaceId?: string) => Array.from({ length: count }, () => ask(workspaceId));

/** Gives a connection of the workspace back, and returns which workspaces got one instead. */
async function giveBack(workspaceId: string | undefined): Promise<(string | undefined)[]> {
  const index = held.findIndex((each) => each.workspaceId === workspaceId);
  const [one] = held.splice(index, 1);
  const [waiting, before] = [pool.queued, held.length];
  one?.client.release();
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  await expect.poll(() => held.length, { interval: 1 }).toBe(before + waiting - pool.queued);
  return held.slice(before).map((each) => each.workspaceId);
}

/** Longer than any test, however busy the machine is. */
const longMs = 300_000;

/** A pool on this file's database. The embedded one has one connection, so there is one pool at a time. */
async function open(limits: FairPoolConfig = { waitMs: longMs }) {
  const { connection } = await testDatabase();
  const opened = connect({ ...connection, ...(onPostgres && { max: size }), ...limits });
  pool = opened.pool;
  finished = false;
  onTestFinished(async () => {
    finished = true;
    const closed = opened.pool.ending || opened.close();
    for (const { client } of held.splice(0)) client.release();
    await closed;
  });
  return opened;
}

/** Nothing takes time, but for what the test says. */
function stopTheClock() {
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.useRealTimers());
}

/** The workspace that holds more than the other. */
function holdsMore(): string {
  const ofBusy = held.filter(({ workspaceId }) => workspaceId === "busy").length;
  return ofBusy > held.length / 2 ? "busy" : "second";
}

describe.runIf(onPostgres)("connections of a pool", () => {
  test("are all for one workspace while nobody else waits", async () => {
    await open();
    await Promise.all(askMany(size, "busy"));
    const more = ask("busy");
    expect(pool.queued).toBe(1);
    expect(await giveBack("busy")).toEqual(["busy"]);
    await more;
  });

  test("are two for one request, and its third waits for one of them", async () => {
    await open();
    const request = { ...beginUsage(), workspaceId: "busy" };
    await Promise.all([ask("busy", request), ask("busy", request)]);
    const third = ask("busy", request);
    await ask("busy");
    expect(pool.queued).toBe(1);
    expect(await giveBack("busy")).toEqual(["busy"]);
    await third;
    expect(request.connections).toBe(2);
  });

  test("are there at once for another workspace while one holds them all, but not as many as it wants", async () => {
    await open();
    await Promise.all(askMany(size, "busy"));
    await Promise.all(askMany(2, "second"));
    askMany(1, "second");
    expect(pool.queued).toBe(1);
    await ask("third");
    expect(pool.queued).toBe(1);
  });

  test("are no more than half for a workspace while another waits", async () => {
    await open();
    await Promise.all(askMany(size, "busy"));
    askMany(size, "busy");
    await Promise.all(askMany(2 * size, "second").slice(0, 2));
    const given: unknown[] = [];
    for (let i = 0; i < size; i++) given.push(...(await giveBack(holdsMore())));
    expect(given.slice(0, 3)).toEqual(["second", "second", "second"]);
    expect(new Set(held.map(({ workspaceId }) => workspaceId))).toEqual(new Set(["busy", "second"]));
    const ofBusy = held.filter(({ workspaceId }) => workspaceId === "busy");
    expect(ofBusy.length).toBe(size / 2);
  });

  test("look up two keys at a time, and are there for others meanwhile", async () => {
    await open();
    await Promise.all(askMany(2));
    askMany(20);
    expect(pool.queued).toBe(20);
    await Promise.all(askMany(size / 2, "busy"));
    await ask("second");
    expect(pool.queued).toBe(20);
  });

  test("are always one more for readiness, and as many as there are for the gateway itself", async () => {
    await open();
    await Promise.all(askMany(size, "busy"));
    await Promise.all([ask("second"), ask("second"), ask("third")]);
    expect(pool.queued).toBe(0);
    await ask("", { ...beginUsage(), readiness: true });
    expect(pool.totalCount).toBe(pool.options.max);
    await giveBack("busy");
    const client = await pool.connect();
    held.push({ workspaceId: "gateway", client });
  });
});

describe.skipIf(onPostgres)("the one connection of the embedded database", () => {
  test("goes to the workspaces in turn, to keys and to readiness too", async () => {
    stopTheClock();
    await open();
    await ask("busy");
    const all = [
      ...askMany(5, "busy"),
      ...askMany(2, "second"),
      ...askMany(2),
      ask("", { ...beginUsage(), readiness: true }),
    ];
    const order: unknown[] = [];
    while (pool.queued > 0) order.push(...(await giveBack(held[0]?.workspaceId)));
    expect(order).toEqual(["busy", "second", undefined, "", "busy", "second", undefined, "busy", "busy", "busy"]);
    await Promise.all(all);
  });

  test("goes to a workspace whose statements take long less often while another waits, for the same time", async () => {
    stopTheClock();
    await open();
    await ask("slow");
    askMany(10, "slow");
    askMany(30, "quick");
    const milliseconds = { slow: 40, quick: 10 };
    const turns = { slow: 0, quick: 0 };
    for (let turn = 0; turn < 20; turn++) {
      const workspaceId = held[0]?.workspaceId as "slow" | "quick";
      turns[workspaceId]++;
      vi.advanceTimersByTime(milliseconds[workspaceId]);
      await giveBack(workspaceId);
    }
    expect(turns).toEqual({ slow: 4, quick: 16 });
  });
});

test("a request that has waited too long is refused, and leaves the queue", async () => {
  await open({ waitMs: 1_000 });
  const all = onPostgres ? size : 1;
  await Promise.all(askMany(all, "busy"));
  await expect(ask("busy")).rejects.toSatisfy(isUnavailable);
  expect(pool.queued).toBe(0);
});

test("a request waits for its turn longer than a connection may take to be made", async () => {
  await open({ waitMs: 15_000, connectionTimeoutMillis: 5_000 });
  await Promise.all(askMany(onPostgres ? size : 1, "busy"));
  fakeTimeouts();
  const waiting = ask("busy");
  vi.advanceTimersByTime(14_999);
  expect(pool.queued).toBe(1);
  await giveBack("busy");
  await waiting;
  vi.advanceTimersByTime(15_000);
  const late = ask("busy");
  vi.advanceTimersByTime(15_000);
  await expect(late).rejects.toSatisfy(isUnavailable);
});

test("a request whose client leaves gives up its turn, and gets none if it asks again", async () => {
  await open();
  await Promise.all(askMany(onPostgres ? size : 1, "busy"));
  const leaving = new AbortController();
  const usage = { ...beginUsage(), workspaceId: "busy", leaving: () => leaving.signal };
  const waiting = ask("busy", usage);
  expect(pool.queued).toBe(1);
  leaving.abort();
  await expect(waiting).rejects.toBeInstanceOf(ClientHasLeft);
  await expect(ask("busy", usage)).rejects.toBeInstanceOf(ClientHasLeft);
  expect(pool.queued).toBe(0);
  expect(usage.connections).toBe(0);
});

test("a request that waits is refused when the pool ends", async () => {
  await open();
  await Promise.all(askMany(onPostgres ? size : 1, "busy"));
  const waiting = ask("busy");
  const ended = pool.end();
  await expect(waiting).rejects.toSatisfy(isUnavailable);
  await expect(ask("busy")).rejects.toSatisfy(isUnavailable);
  for (const { client } of held.splice(0)) client.release();
  await ended;
});

test("a request knows how many rows it got, for how long it held connections, and holds none in the end", async () => {
  const { db } = await open();
  const usage = { ...beginUsage(), workspaceId: "busy" };
  await currentUsage.run(usage, async () => {
    await pool.query("SELECT generate_series(1, 7)");
    await db.$transaction((tx) => tx.$queryRaw`SELECT generate_series(1, 5)`);
  });
  expect(usage).toMatchObject({ connections: 0, rows: 12 });
  expect(usage.milliseconds).toBeGreaterThan(0);
});

test("a statement runs in the context of its own request, and not in that of the one that gave the connection back", async () => {
  const { db } = await open();
  const usages = Array.from({ length: 40 }, (_, i) => ({ ...beginUsage(), workspaceId: `workspace-${i % 4}` }));
  const ask = (usage: Usage, i: number) =>
    currentUsage.run(usage, async () => await db.$queryRaw`SELECT generate_series(1, ${i + 1}::integer)`);
  await Promise.all(usages.map(ask));
  expect(usages.map(({ rows }) => rows)).toEqual(usages.map((_, i) => i + 1));
});
