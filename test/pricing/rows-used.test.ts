import { expect, test } from "vitest";
import { answeredRows, answeredRowsOf } from "../../src/pricing/rows-used.ts";

test("long texts count by their length, however deep they stand, and objects one each", () => {
  expect(answeredRows({ a: [{ b: "x".repeat(4096) }] })).toBe(2 + 1);
  expect(answeredRowsOf(`{"a":\n{"b":"${"x".repeat(4096)}"}}`)).toBe(2 + 1 + 1);
  let deep: unknown = "leaf";
  for (let level = 0; level < 20_000; level++) deep = { deep };
  expect(answeredRows(deep)).toBe(20_000);
});
