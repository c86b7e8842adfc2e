import fc from "fast-check";
import { expect, test } from "vitest";
import { cutText } from "../src/cut-text.ts";
import { startGateway } from "./support/gateway.ts";

test("a text that is cut is well-formed, not longer than asked, and the beginning of what it was", () => {
  const text = fc.array(fc.oneof(fc.constantFrom("🎉", "\ud83c", "\udf89", "é", "a"), fc.string({ unit: "binary" })));
  fc.assert(
    fc.property(text, fc.nat(40), (parts, length) => {
      const whole = parts.join("");
      const cut = cutText(whole, length);
      expect(cut.isWellFormed()).toBe(true);
      expect(cut.length).toBeLessThanOrEqual(length);
      expect(cut.length).toBeGreaterThanOrEqual(Math.min(whole.length, length) - 1);
      expect(whole.toWellFormed().startsWith(cut)).toBe(true);
    }),
  );
});

test("half a character at the end goes, a whole one stays", () => {
  expect(cutText("a🎉b", 2)).toBe("a");
  expect(cutText("a🎉b", 3)).toBe("a🎉");
  expect(cutText("a🎉", 100)).toBe("a🎉");
});

test("an error that repeats what it was given ends with a whole character, in its message and in its field", async () => {
  const { post } = await startGateway();
  const query =
    "mutation ($input: GetOrCreateConversationInput!) { getOrCreateConversation(input: $input) { outcome } }";
  const customer = { externalId: "a" };
  const shown: string[] = [];
  for (const shift of ["", "x"]) {
    const long = shift + "🎉".repeat(700);
    const bodies = [
      { query, variables: { input: long } },
      { query, variables: { input: { customer, metadata: { [long]: "\ud800" } } } },
      { query, variables: { input: { customer, metadata: { [`${shift}\ud800`]: 1 } } } },
      { query: `{ ${long} }` },
      { query: `{ customer(externalId: "a", ${"x".repeat(990)}: "${long}") { id } }` },
      { query: "{ __typename }", [long]: 1 },
    ];
    for (const body of bodies) {
      const { message, extensions } = (await post(body)).body.errors[0];
      shown.push(message, extensions.field ?? "");
    }
  }
  expect(shown.filter((text) => !text.isWellFormed())).toEqual([]);
  expect(Math.max(...shown.map(({ length }) => length))).toBe(1000);
});
