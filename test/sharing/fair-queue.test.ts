import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FairQueue, type FairQueueOptions, type Share } from "../../src/sharing/fair-queue.ts";

const overloaded = { code: "SERVICE_UNAVAILABLE", details: { reason: "OVERLOADED" } };

function newQueue(options: Partial<FairQueueOptions> = {}) {
  const queue = new FairQueue({ capacity: 4, maxWaiting: 100, waitMs: 60_000, ...options });
  const log: string[] = [];
  const take = (group: string, amount?: number): Share => {
    const share = queue.take(group, amount);
    share.granted.then(() => log.push(group)).catch(() => log.push(`${group} refused`));
    return share;
  };
  const takeMany = (count: number, group: string) => Array.from({ length: count }, () => take(group));
  return { queue, log, take, takeMany };
}

/** Everything that is settled has been heard of. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("a fair queue", () => {
  test("gives one group everything while nobody else waits", async () => {
    const { log, takeMany } = newQueue();
    const [first] = takeMany(6, "busy");
    await settled();
    expect(log).toEqual(Array(4).fill("busy"));
    first?.release();
    await settled();
    expect(log).toHaveLength(5);
  });

  test("gives no group more than half while another waits, by turns", async () => {
    const { log, takeMany } = newQueue();
    const busy = takeMany(8, "busy");
    takeMany(4, "second");
    for (const share of busy.slice(0, 4)) share.release();
    await settled();
    expect(log.slice(4).sort()).toEqual(["busy", "busy", "second", "second"]);
  });

  test("has something left for a group that has little while others have everything", async () => {
    const { log, takeMany } = newQueue({ kept: 2 });
    takeMany(8, "busy");
    takeMany(3, "second");
    takeMany(1, "third");
    await settled();
    expect(log.slice(4)).toEqual(["second", "third"]);
  });

  test("refuses the last waiter of the group with the most waiters when too many wait, and nobody else", async () => {
    const { log, queue, takeMany } = newQueue({ maxWaiting: 3 });
    takeMany(7, "busy");
    takeMany(1, "second");
    await settled();
    expect(log.slice(4)).toEqual(["busy refused"]);
    expect(queue.waiting).toBe(3);
    takeMany(2, "busy");
    await settled();
    expect(log.slice(5)).toEqual(["busy refused", "busy refused"]);
  });

  test("refuses a waiter after too long a wait, and gives each another time to come back", async () => {
    const { queue, takeMany } = newQueue({ waitMs: 1 });
    takeMany(4, "busy");
    const refusals = await Promise.all(
      Array.from({ length: 40 }, () => queue.take("busy").granted.catch((refusal: unknown) => refusal)),
    );
    for (const refusal of refusals) expect(refusal).toMatchObject(overloaded);
    const delays = new Set(
      refusals.map((refusal) => (refusal as { details: { retryAfter: number } }).details.retryAfter),
    );
    expect(delays.size).toBeGreaterThan(1);
    expect([...delays].every((seconds) => seconds >= 1 && seconds <= 5)).toBe(true);
    expect(queue.waiting).toBe(0);
  });

  test("forgets a waiter that leaves, and takes nothing back twice", async () => {
    const { log, queue, take, takeMany } = newQueue();
    const [first] = takeMany(4, "busy");
    const waiting = take("second");
    first?.leave();
    waiting.leave();
    await settled();
    expect(queue.waiting).toBe(0);
    first?.release();
    first?.release();
    takeMany(2, "third");
    await settled();
    expect(log).toEqual([...Array(4).fill("busy"), "second refused", "third"]);
  });

  test("with a pace, lets in so many in a turn of the event loop; while groups share it, one", async () => {
    const { log, takeMany } = newQueue({ pace: 2, capacity: 100 });
    takeMany(5, "busy");
    takeMany(2, "second");
    await Promise.resolve();
    expect(log).toEqual(["busy", "busy"]);
    for (let i = 0; i < 10; i++) await settled();
    expect(log).toEqual(["busy", "busy", "busy", "second", "busy", "second", "busy"]);
  });

  test("gives a group that is alone all that it asks for", async () => {
    const { log, take } = newQueue();
    const large = take("busy", 1000);
    take("second");
    await settled();
    expect(log).toEqual(["busy"]);
    large.release();
    await settled();
    expect(log).toEqual(["busy", "second"]);
  });

  test("serves everybody in the end, never gives out more than there is, and serves groups with less before one that has half", async () => {
    const asks = fc.array(fc.tuple(fc.constantFrom("a", "b", "c"), fc.integer({ min: 1, max: 4 })), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(asks, fc.infiniteStream(fc.nat()), async (wanted, choices) => {
        const queue = new FairQueue({ capacity: 8, kept: 2, maxWaiting: 100, waitMs: 60_000 });
        const held: { group: string; amount: number; share: Share }[] = [];
        const amountOf = (group?: string) =>
          held.filter((one) => group === undefined || one.group === group).reduce((sum, { amount }) => sum + amount, 0);
        let served = 0;
        for (const [group, amount] of wanted) {
          const share = queue.take(group, amount);
          share.granted.then(() => {
            served++;
            held.push({ group, amount, share });
          });
        }
        await settled();
        while (held.length > 0) {
          expect(amountOf()).toBeLessThanOrEqual(10);
          for (const group of ["a", "b", "c"]) expect(amountOf(group)).toBeLessThanOrEqual(8);
          const [one] = held.splice((choices.next().value as number) % held.length, 1);
          one?.share.release();
          await settled();
        }
        expect(served).toBe(wanted.length);
      }),
      { numRuns: 50 },
    );
  });
});
