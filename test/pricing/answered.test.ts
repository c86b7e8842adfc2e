import fc from "fast-check";
import { expect, test } from "vitest";
import { answeredRows, answeredRowsOf } from "../../src/pricing/answered.ts";

test("an answer is worth as much as text as in pieces: its objects", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4, noUnicodeString: false }), (answer) => {
      const text = JSON.stringify(answer);
      fc.pre(text.length < 4096);
      expect(answeredRowsOf(text)).toBe(answeredRows(answer));
    }),
  );
  const text = String.raw`{"a":"{\"{\\","b":[{"{":"\\\"{"},{}]}`;
  expect([answeredRowsOf(text), answeredRows(JSON.parse(text))]).toEqual([3, 3]);
});

test("long texts count by their length, however deep they stand", () => {
  expect(answeredRows({ a: [{ b: "x".repeat(4096) }] })).toBe(2 + 1);
  let deep: unknown = "leaf";
  for (let level = 0; level < 20_000; level++) deep = { deep };
  expect(answeredRows(deep)).toBe(20_000);
});
