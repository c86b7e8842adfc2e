import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { Database } from "../../src/database/open.ts";
import { pruneEvents } from "../../src/events/prune-events.ts";
import { schedulePruning } from "../../src/events/schedule-pruning.ts";
import { testDatabase } from "../support/database.ts";
import { fakeTimeouts } from "../support/fake-timeouts.ts";
import { startGateway } from "../support/gateway.ts";
import { rowsScanned } from "../support/rows-scanned.ts";
import { openStream } from "../support/stream.ts";

const page = "query ($after: String) { events(after: $after, first: 2) { nodes { number } pageInfo { endCursor } } }";

const hourMs = 60 * 60 * 1000;

/** On a cluster, the logs of all suites are looked through. */
const allLogs = { timeout: 60_000 };

/** Without real timeouts, until the end of the test: what sees how often logs are looked through. */
function watchPruning(db: Database) {
  fakeTimeouts();
  const look = vi.spyOn(db.eventLog, "findMany");
  onTestFinished(() => look.mockRestore());
  return look;
}

/** A workspace with five events, three of which are older than a day, and the cursor behind the first. */
async function newLog() {
  const { db } = await testDatabase();
  const gateway = await startGateway();
  const { id: workspaceId } = gateway.workspace;
  for (let n = 0; n < 5; n++) await db.conversation.create({ data: { workspaceId, type: "GROUP" } });
  const old = new Date(Date.now() - 25 * hourMs);
  await db.event.updateMany({ where: { workspaceId, number: { lte: 3 } }, data: { at: old } });
  const read = (after?: string) => gateway.post({ query: page, variables: { after } });
  const cursorOf = async (after?: string) => (await read(after)).body.data.events.pageInfo.endCursor as string;
  const behindTwo = await cursorOf();
  return { ...gateway, read, behindTwo, behindFour: await cursorOf(behindTwo) };
}

describe("events that are older than they are kept", () => {
  test("go, the others keep their numbers, and a cursor before them is told where the log begins", async () => {
    const { db } = await testDatabase();
    const log = await newLog();
    expect(await pruneEvents(db, 1)).toBe(3);
    expect(await pruneEvents(db, 1)).toBe(0);
    const first = await log.read();
    expect(first.body.data.events.nodes).toEqual([{ number: 4 }, { number: 5 }]);
    expect((await log.read(log.behindFour)).body.data.events.nodes).toEqual([{ number: 5 }]);

    const expired = {
      code: "BAD_USER_INPUT",
      reason: "CURSOR_EXPIRED",
      field: "after",
      oldestCursor: expect.any(String),
    };
    const { body } = await log.read(log.behindTwo);
    expect(body.errors[0].extensions).toEqual(expired);
    const { oldestCursor } = body.errors[0].extensions;
    expect((await log.read(oldestCursor)).body.data.events.nodes).toEqual([{ number: 4 }, { number: 5 }]);

    const query = "subscription ($after: String) { events(after: $after) { nodes { number } } }";
    const refused = await openStream({ ...log, query, variables: { after: log.behindTwo } });
    expect(await refused.next()).toMatchObject({ errors: [{ extensions: expired }] });
    const stream = await openStream({ ...log, query, variables: { after: oldestCursor } });
    expect(await stream.next()).toMatchObject({ data: { events: { nodes: [{ number: 4 }, { number: 5 }] } } });
  });

  test("are not read while the oldest is kept", async () => {
    const { db, recordQueries } = await testDatabase();
    await newLog();
    const queries = await recordQueries(() => pruneEvents(db, 2));
    const deletes = queries.filter(({ text }) => text.includes("DELETE"));
    expect(deletes).not.toEqual([]);
    // The oldest event, and the row of the log.
    for (const rows of await Promise.all(deletes.map(rowsScanned))) expect(rows).toBeLessThanOrEqual(2);
  });

  test("stay when they are kept for ever", async () => {
    const { db } = await testDatabase();
    const log = await newLog();
    const look = watchPruning(db);
    const end = schedulePruning(db, 0, () => {});
    await vi.advanceTimersByTimeAsync(2 * hourMs);
    end();
    expect(look).not.toHaveBeenCalled();
    expect((await log.read()).body.data.events.nodes).toEqual([{ number: 1 }, { number: 2 }]);
  });

  test("go within a minute, and those that grow old later within an hour, until it is ended", async () => {
    const { db } = await testDatabase();
    const look = watchPruning(db);
    const end = schedulePruning(db, 1, () => {});
    for (const ms of [60_000, hourMs]) {
      const log = await newLog();
      vi.advanceTimersByTime(ms);
      await expect
        .poll(async () => (await log.read()).body.data.events.nodes, allLogs)
        .toEqual([{ number: 4 }, { number: 5 }]);
      // The next hour begins when all logs have been looked through.
      await expect.poll(() => vi.getTimerCount(), allLogs).toBeGreaterThan(0);
    }
    end();
    look.mockClear();
    await vi.advanceTimersByTimeAsync(2 * hourMs);
    expect(look).not.toHaveBeenCalled();
  });

  test("are not looked for again when it is ended while it looks", async () => {
    const { db } = await testDatabase();
    const look = watchPruning(db);
    let answer = (_: never[]) => {};
    const logs = new Promise<never[]>((resolve) => {
      answer = resolve;
    });
    look.mockReturnValue(logs as never);
    const end = schedulePruning(db, 1, () => {});
    vi.advanceTimersByTime(60_000);
    expect(look).toHaveBeenCalledOnce();
    end();
    answer([]);
    await vi.advanceTimersByTimeAsync(2 * hourMs);
    expect(look).toHaveBeenCalledOnce();
  });
});
