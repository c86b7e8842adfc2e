import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Turns } from "../../src/sharing/turns.ts";

const always = () => true;

function queueOf(groups: string[]) {
  const turns = new Turns<{ group: string; number: number }>();
  groups.forEach((group, number) => {
    turns.add({ group, number });
  });
  return turns;
}

function takeAll(turns: ReturnType<typeof queueOf>) {
  const taken: { group: string; number: number }[] = [];
  for (let next = turns.take(always); next; next = turns.take(always)) taken.push(next);
  return taken;
}

describe("turns", () => {
  test("are taken by groups, and within a group in the order of arrival", () => {
    const taken = takeAll(queueOf(["a", "a", "a", "b", "c", "b"]));
    expect(taken.map(({ group, number }) => `${group}${number}`)).toEqual(["a0", "b3", "c4", "a1", "b5", "a2"]);
  });

  test("pass over groups that may not go and items that are not ready; these keep their place", () => {
    const turns = queueOf(["a", "a", "b"]);
    expect(turns.take((group) => group !== "a")).toMatchObject({ group: "b" });
    expect(turns.take(always, ({ number }) => number > 0)).toMatchObject({ group: "a", number: 1 });
    expect(turns.take(() => false)).toBeUndefined();
    expect(turns.clear()).toMatchObject([{ group: "a", number: 0 }]);
  });

  test("come after at most one item of each other group that waits", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 40 }), (groups) => {
        const taken = takeAll(queueOf(groups));
        expect(taken.map(({ number }) => number).sort((a, b) => a - b)).toEqual(groups.map((_, i) => i));
        for (const group of new Set(groups)) {
          const places = taken.flatMap((item, place) => (item.group === group ? place : []));
          places.forEach((place, i) => {
            const between = taken.slice((places[i - 1] ?? -1) + 1, place).map((item) => item.group);
            expect(new Set(between).size).toBe(between.length);
          });
        }
      }),
    );
  });

  test("go to the group that has cost least, so that groups that wait get the same amount", () => {
    const cost: Record<string, number> = { dear: 30, cheap: 5, medium: 10 };
    const turns = queueOf(Object.keys(cost).flatMap((group) => Array<string>(100).fill(group)));
    const given: Record<string, number> = { dear: 0, cheap: 0, medium: 0 };
    for (let i = 0; i < 100; i++) {
      const group = turns.take(always)?.group ?? "";
      turns.charge(group, cost[group] ?? 0);
      given[group] = (given[group] ?? 0) + (cost[group] ?? 0);
      const amounts = Object.values(given);
      expect(Math.max(...amounts) - Math.min(...amounts)).toBeLessThanOrEqual(30);
    }
    expect(given).toEqual({ dear: 300, cheap: 300, medium: 300 });
  });

  test("are not saved up by a group that does not wait, and cost nothing while nobody else waits", () => {
    const turns = queueOf(["a", "a", "a", "a"]);
    turns.take(always);
    turns.charge("a", 500);
    turns.add({ group: "b", number: 4 });
    turns.add({ group: "b", number: 5 });
    turns.add({ group: "b", number: 6 });
    const next = () => turns.take(always)?.group;
    expect(next()).toBe("b");
    turns.charge("b", 501);
    expect(next()).toBe("a");
    expect([next(), next(), next(), next()].sort()).toEqual(["a", "a", "b", "b"]);
    turns.charge("b", 1_000);
    turns.add({ group: "b", number: 7 });
    turns.add({ group: "c", number: 8 });
    expect(next()).toBe("b");
  });

  test("are given to a group after a bounded debt, however much it has cost", () => {
    const turns = queueOf(["b", ...Array<string>(100).fill("a"), "b"]);
    turns.take(always);
    turns.charge("b", 60_000);
    const taken: (string | undefined)[] = [];
    while (taken.at(-1) !== "b") {
      taken.push(turns.take(always)?.group);
      turns.charge("a", 100);
    }
    expect(taken.length).toBe(11);
  });

  test("keep nothing of the groups that have gone while others wait", () => {
    setFlagsFromString("--expose-gc");
    const gc: () => void = runInNewContext("gc");
    const turns = queueOf(["waiting"]);
    const name = "x".repeat(1_000);
    const used = () => {
      gc();
      return process.memoryUsage().heapUsed;
    };
    const before = used();
    for (let number = 0; number < 20_000; number++) {
      const item = { group: Buffer.from(`${name}${number}`).toString(), number };
      turns.add(item);
      turns.delete(item);
    }
    // All their names are 20 MB.
    expect(used() - before).toBeLessThan(5_000_000);
    expect(turns.size).toBe(1);
  });

  test("are lost by an item that leaves, and only once", () => {
    const turns = queueOf([]);
    const [first, second] = [
      { group: "a", number: 1 },
      { group: "a", number: 2 },
    ];
    turns.add(first);
    turns.add(second);
    expect([turns.delete(first), turns.delete(first)]).toEqual([true, false]);
    expect(turns.clear()).toEqual([second]);
    expect(turns.size).toBe(0);
  });
});
