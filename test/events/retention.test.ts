import { describe, expect, onTestFinished, test, vi } from "vitest";
import { pruneEvents } from "../../src/events/prune-events.ts";
import { schedulePruning } from "../../src/events/schedule-pruning.ts";
import { testDatabase } from "../support/database.ts";
import { startGateway } from "../support/gateway.ts";
import { openStream } from "../support/stream.ts";

const page = "query ($after: String) { events(after: $after, first: 2) { nodes { number } pageInfo { endCursor } } }";

/** A workspace with five events, three of which are older than a day, and the cursor behind the first. */
async function newLog() {
  const { db } = await testDatabase();
  const gateway = await startGateway();
  const { id: workspaceId } = gateway.workspace;
  for (let n = 0; n < 5; n++) await db.conversation.create({ data: { workspaceId, type: "GROUP" } });
  const old = new Date(Date.now() - 25 * 60 * 60 * 1000);
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

  test("stay when they are kept for ever", async () => {
    const { db } = await testDatabase();
    const log = await newLog();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const end = schedulePruning(db, 0, () => {});
    expect(vi.getTimerCount()).toBe(0);
    end();
    await pruneEvents(db, 1);
    expect((await log.read()).body.data.events.nodes).toEqual([{ number: 4 }, { number: 5 }]);
  });

  test("go within a minute, and those that grow old later within an hour, until it is ended", async () => {
    const { db } = await testDatabase();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const prune = vi.spyOn(db, "$transaction");
    onTestFinished(() => prune.mockRestore());
    const end = schedulePruning(db, 1, () => {});
    for (const ms of [60_000, 60 * 60_000]) {
      const log = await newLog();
      vi.advanceTimersByTime(ms);
      await expect.poll(async () => (await log.read()).body.data.events.nodes).toEqual([{ number: 4 }, { number: 5 }]);
      // The next hour begins when all logs have been looked through.
      await expect.poll(() => vi.getTimerCount()).toBeGreaterThan(0);
    }
    end();
    prune.mockClear();
    vi.advanceTimersByTime(2 * 60 * 60_000);
    expect(prune).not.toHaveBeenCalled();
  });
});
