import fc from "fast-check";
import { expect, test } from "vitest";
import { numberOf } from "../src/json-number.ts";

test.each([
  "1e400",
  "-1e400",
  "1e-400",
  "3e-324",
  "9007199254740990.4",
  "4503599627370495.3",
  "9.0000000000000001",
  "0.30000000000000005",
])("%s would be kept as another number", (text) => {
  expect(numberOf(text)).toBe(Number.POSITIVE_INFINITY);
});

test.each([
  ...["0", "-0.0", "0e5", "1.0", "1E2", "100e-2", "1e-300", "5e-324", "4.9e-324", "0.1", "-1.50", "9007199254740991"],
  ...["3.14159265358979323846", "0.10000000000000001", "0.1000000000000000055511151231257827021181583404541015625"],
])("%s is kept", (text) => {
  expect(numberOf(text)).toBe(Number(text));
});

test("a number of very many digits is read at once", () => {
  expect(numberOf(`1.${"0".repeat(250_000)}1`)).toBe(1);
  expect(numberOf(`1${"0".repeat(250_000)}1`)).toBe(Number.POSITIVE_INFINITY);
});

test("a double is kept however many of its digits are written", () => {
  const written = (value: number) => [
    String(value),
    value.toPrecision(17),
    value.toPrecision(30),
    value.toExponential(),
  ];
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      // JavaScript writes -0 as 0.
      for (const text of written(value)) expect(numberOf(text)).toBe(value || 0);
    }),
    { numRuns: 2_000 },
  );
});
