import { type DocumentNode, parse, type SelectionNode, visit } from "graphql";
import { describe, expect, test } from "vitest";
import { defaultLimits } from "../../src/config.ts";
import { checkDocument } from "../../src/http/check-document.ts";

const times = (count: number, text: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => text(i)).join(" ");

/** How many selections are looked at before the document is let through or refused, and for which reason. */
function check(text: string, limits: Partial<typeof defaultLimits> = {}) {
  let looked = 0;
  const counting = (selections: readonly SelectionNode[]) =>
    new Proxy(selections, {
      get(target, property, receiver) {
        if (typeof property === "string" && /^\d+$/.test(property)) looked++;
        return Reflect.get(target, property, receiver);
      },
    });
  const document = visit(parse(text), {
    SelectionSet: { leave: (set) => ({ ...set, selections: counting(set.selections) }) },
  }) as DocumentNode;
  looked = 0;
  try {
    checkDocument(document, { ...defaultLimits, ...limits });
    return { looked, reason: undefined };
  } catch (error) {
    return { looked, reason: (error as { details: { reason: string } }).details.reason };
  }
}

describe("a document is refused after a look at no more than 10,000 selections", () => {
  test.each([
    [
      "when fragments double it at every level",
      `{ ...F0 } ${times(40, (i) => `fragment F${i} on Query { left { ...F${i + 1} } right { ...F${i + 1} } }`)}
       fragment F40 on Query { a }`,
      "INVALID_DOCUMENT",
    ],
    [
      "when a fragment spreads itself",
      "{ ...F } fragment F on Query { left { ...F } right { ...F } }",
      "INVALID_DOCUMENT",
    ],
    [
      "when fragments spread each other in a circle",
      "{ ...A } fragment A on Query { a { ...B } } fragment B on Query { b { ...A } }",
      "DOCUMENT_TOO_DEEP",
    ],
    ["when it selects one field again and again", `{ ${times(2_400, () => "a")} }`, "INVALID_DOCUMENT"],
    ["when it does so in inline fragments", `{ ${times(800, () => "... on Query { a }")} }`, "INVALID_DOCUMENT"],
    [
      "when its fragments all select the same",
      `{ ${times(90, (i) => `...F${i}`)} } ${times(90, (i) => `fragment F${i} on Query { a b }`)}`,
      "INVALID_DOCUMENT",
    ],
    ["when equal fields are nested", `{ ${times(50, () => `a { ${times(5, () => "b")} }`)} }`, "INVALID_DOCUMENT"],
    [
      "when nothing spreads the fragment that does",
      `{ a } fragment F on Query { ${times(2_400, () => "a")} }`,
      "INVALID_DOCUMENT",
    ],
    [
      "when many operations spread the same",
      `${times(100, (i) => `query Q${i} { ...F0 }`)} ${times(99, (i) => `fragment F${i} on Query { a${i} { ...F${i + 1} } }`)} fragment F99 on Query { a }`,
      "INVALID_DOCUMENT",
    ],
  ])("%s", (_, text, reason) => {
    const limits = reason === "INVALID_DOCUMENT" ? { maxDepth: 100 } : {};
    const checked = check(text, limits);
    expect(checked.reason).toBe(reason);
    expect(checked.looked).toBeLessThanOrEqual(10_001);
  });
});

test("a document within the limits is looked at once for every place where it is answered", () => {
  const text = "{ a { ...F } b { ...F ...F } } fragment F on A { c d { e } }";
  // a, b; a's ...F, c, d, e; b's two ...F, c, d, e.
  expect(check(text)).toEqual({ looked: 2 + 4 + 5, reason: undefined });
});

test("aliases and directives are counted for each operation, introspection's levels not at all", () => {
  const operation = (name: string) => `query ${name} { ${times(60, (i) => `a${i}: __typename`)} }`;
  expect(check(`${operation("A")} ${operation("B")}`).reason).toBeUndefined();
  const types = (levels: number): string => (levels > 0 ? `ofType { ${types(levels - 1)} }` : "name");
  expect(check(`{ __schema { types { ${types(60)} } } }`).reason).toBeUndefined();
  expect(check(`{ schema { types { ${types(60)} } } }`).reason).toBe("DOCUMENT_TOO_DEEP");
});
