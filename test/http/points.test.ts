import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Account, Minute, Pair, PointStore } from "../../src/http/point-store.ts";
import { pointsInDatabase } from "../../src/http/points-in-database.ts";
import { pointsInMemory } from "../../src/http/points-in-memory.ts";
import { testDatabase } from "../support/database.ts";

const minuteMs = 60_000;

/** A store and a clock that can be moved on; in the database, minutes are moved back instead. */
const stores: Record<string, () => Promise<{ store: PointStore; nextMinute(): Promise<unknown> }>> = {
  async memory() {
    let time = 1_000;
    return {
      store: pointsInMemory(() => time),
      async nextMinute() {
        time += minuteMs;
      },
    };
  },
  async database() {
    const { pool } = await testDatabase();
    const nextMinute = () => pool.query(`UPDATE "RateLimit" SET expire = expire - ${minuteMs}`);
    return { store: pointsInDatabase(pool), nextMinute };
  },
};

/** Two keys of one workspace: 100 points each, 150 together. */
function newAccounts(): [Pair<Account>, Pair<Account>] {
  const workspace = { id: randomUUID(), limit: 150 };
  return [
    [{ id: randomUUID(), limit: 100 }, workspace],
    [{ id: randomUUID(), limit: 100 }, workspace],
  ];
}

const spentOf = (minutes: Pair<Minute>) => minutes.map(({ spent }) => spent);

describe.each(Object.entries(stores))("points in the %s", (_, open) => {
  test("are taken from the key and its workspace, or from neither", async () => {
    const { store } = await open();
    const [one, other] = newAccounts();
    expect(await store.take(one, 90)).toMatchObject({ taken: true, minutes: [{ spent: 90 }, { spent: 90 }] });
    expect(await store.take(one, 11)).toMatchObject({ taken: false, minutes: [{ spent: 90 }, { spent: 90 }] });
    expect(await store.take(other, 61)).toMatchObject({ taken: false, minutes: [{ spent: 0 }, { spent: 90 }] });
    expect(await store.take(other, 60)).toMatchObject({ taken: true, minutes: [{ spent: 60 }, { spent: 150 }] });
  });

  test("come back to the minute that they were taken from, and to no other", async () => {
    const { store, nextMinute } = await open();
    const [one] = newAccounts();
    const { minutes } = await store.take(one, 80);
    expect(spentOf(await store.correct(one, -50, minutes))).toEqual([30, 30]);
    await nextMinute();
    await store.take(one, 20);
    await store.correct(one, -30, minutes);
    expect(spentOf((await store.take(one, 0)).minutes)).toEqual([20, 20]);
  });

  test("are never fewer than none nor more than all, in any order of taking and correcting", async () => {
    const { store, nextMinute } = await open();
    const step = fc.record({
      key: fc.nat(1),
      kind: fc.constantFrom("take", "take", "correct", "correct", "wait"),
      points: fc.nat(120),
      sign: fc.constantFrom(1, -1),
      of: fc.nat(20),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const both = newAccounts();
        const bills: Pair<Minute>[][] = [[], []];
        for (const { key, kind, points, sign, of } of steps) {
          const [accounts, paid] = [both[key as 0], bills[key as 0] as Pair<Minute>[]];
          if (kind === "wait") await nextMinute();
          const minutes = paid[of % paid.length];
          if (kind === "correct" && minutes) await store.correct(accounts, sign * points, minutes);
          if (kind === "take") {
            const result = await store.take(accounts, points);
            if (result.taken) paid.push(result.minutes);
          }
          for (const checked of both) {
            const { minutes } = await store.take(checked, 0);
            for (const [i, { spent }] of minutes.entries()) {
              expect(spent).toBeGreaterThanOrEqual(0);
              expect(spent).toBeLessThanOrEqual(checked[i as 0].limit);
            }
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  test("are taken once, however many ask at the same time", async () => {
    const { store } = await open();
    const both = newAccounts();
    const results = await Promise.all(Array.from({ length: 60 }, (_, n) => store.take(both[(n % 2) as 0], 7)));
    const taken = results.filter((result) => result.taken);
    expect(taken.length).toBeGreaterThan(14);
    expect(taken.length).toBeLessThanOrEqual(21);
    const ends = await Promise.all(both.map((accounts) => store.take(accounts, 0)));
    expect(ends[0]?.minutes[1].spent).toBe(7 * taken.length);
    expect(ends.reduce((sum, { minutes }) => sum + minutes[0].spent, 0)).toBe(7 * taken.length);
    const minutes = (taken[0] as (typeof taken)[0]).minutes;
    await Promise.all(taken.map(() => store.correct(both[0], -2, minutes)));
    expect((await store.take(both[0], 0)).minutes[1].spent).toBe(5 * taken.length);
  });
});
