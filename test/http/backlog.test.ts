import { expect, test } from "vitest";
import { Backlog } from "../../src/http/backlog.ts";

const kibi = 1024;
/** The weight of every item beside its bytes. */
const overhead = 32 * kibi;

function newBacklog(kibibytes: number) {
  const backlog = new Backlog(kibibytes * kibi);
  const cut: string[] = [];
  const add = (group: string, name: string, size: number) => {
    const item = { group, bytes: size * kibi, weigh: () => item.bytes, cut: () => void cut.push(name) };
    backlog.weigh(item);
    return item;
  };
  return { backlog, cut, add };
}

test("when all are too much, the group that holds most loses its oldest, and nobody else anything", () => {
  const { cut, add } = newBacklog(500);
  add("slow", "slow 1", 100);
  add("slow", "slow 2", 100);
  add("other", "other 1", 100);
  expect(cut).toEqual([]);
  add("other", "other 2", 10);
  add("slow", "slow 3", 100);
  expect(cut).toEqual(["slow 1"]);
});

test("an item that grows is weighed again, and bytes that were taken meanwhile are not counted", () => {
  const { backlog, cut, add } = newBacklog(500);
  const [first, second] = [add("a", "first", 200), add("b", "second", 200)];
  first.bytes = 0;
  second.bytes = 350 * kibi;
  backlog.weigh(second);
  expect(cut).toEqual([]);
  second.bytes = 500 * kibi;
  backlog.weigh(second);
  expect(cut).toEqual(["second"]);
  expect(backlog.size).toBe(1);
});

test("items count even when they hold nothing, and are gone when they are done", () => {
  const { backlog, cut, add } = newBacklog(4 * (overhead / kibi));
  const items = Array.from({ length: 4 }, (_, i) => add("a", String(i), 0));
  expect(cut).toEqual([]);
  backlog.delete(items[0] as (typeof items)[0]);
  add("b", "new", 0);
  expect(cut).toEqual([]);
  add("b", "one too many", 0);
  expect(cut).toEqual(["1"]);
});
