import fc from "fast-check";
import { caseFold } from "unicode-case-folding";
import { expect, test } from "vitest";
import { foldText } from "../src/fold-text.ts";

/** Unicode's own definition (D146), with the CaseFolding.txt of the Unicode Character Database. */
function defined(text: string): string {
  return caseFold(caseFold(text.normalize("NFD")).normalize("NFKD"))
    .normalize("NFKD")
    .trim();
}

const characters = Array.from({ length: 0x110000 }, (_, code) => code)
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code))
  .filter((character) => /[^\p{Unassigned}\p{Private_Use}]/u.test(character));

/** The characters that are one under `fold`, together. */
function classes(fold: (text: string) => string): string[] {
  const byResult = new Map<string, string>();
  for (const character of characters) {
    const result = fold(character);
    byResult.set(result, `${byResult.get(result) ?? ""} ${character}`);
  }
  return [...byResult.values()];
}

test("every character of Unicode is one with those that Unicode's full case folding and NFKC make it one with", () => {
  expect(classes(foldText)).toEqual(classes(defined));
});

test("two texts are one exactly when Unicode says so", () => {
  const awkward = fc.constantFrom(..."sSßẞſΣσςiIıİäÄaA\u0308\u0307\u0345ʼnŉﬃＡａ \u00a0王");
  const texts = fc.array(fc.oneof({ weight: 4, arbitrary: awkward }, fc.string({ unit: "binary" })), { maxLength: 6 });
  fc.assert(
    fc.property(texts, texts, (a, b) => {
      const [one, other] = [a.join("").toWellFormed(), b.join("").toWellFormed()];
      expect(foldText(one) === foldText(other)).toBe(defined(one) === defined(other));
      expect(foldText(foldText(one))).toBe(foldText(one));
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ["STRASSE", "Straße"],
  ["ΟΔΥΣΣΕΥΣ", "οδυσσευς"],
  ["Müller", "Mu\u0308ller"],
  ["ＶＩＰ", "vip"],
  [" VIP\u00a0", "vip"],
  ["ﬃ", "FFI"],
])("%j and %j are one", (a, b) => {
  expect(foldText(a)).toBe(foldText(b));
});

test("the dotless ı is no i, in any locale", () => {
  expect(foldText("INFO")).toBe(foldText("info"));
  expect(foldText("ınfo")).not.toBe(foldText("info"));
});
