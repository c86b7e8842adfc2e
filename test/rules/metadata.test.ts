import { describe, expect, test } from "vitest";
import { conversationOf, type Input, newChain, refusalOf, run } from "../conversations/operations.ts";
import { newWorkspace } from "../support/workspace.ts";

const maxBytes = 16 * 1024;
const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
const bad = (reason: string, field: string) => ({ code: "BAD_USER_INPUT", reason, field });

/** Metadata of exactly this size, whose text in the database is longer or shorter than compact JSON. */
const fillers: Record<string, (bytes: number) => Record<string, unknown>> = {
  "one long text": (bytes) => pad({}, bytes),
  "characters of two to four bytes": (bytes) => pad({ text: "äß€😀".repeat(500) }, bytes),
  "characters that are escaped": (bytes) => pad({ text: `"\\\n\t\b\u0001/\u007f`.repeat(500) }, bytes),
  "a long list": (bytes) => pad({ list: Array.from({ length: 4000 }, (_, n) => n % 10) }, bytes),
  "many keys": (bytes) => pad(Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`k${n}`, n])), bytes),
  "many nested objects": (bytes) => pad({ list: Array.from({ length: 700 }, () => ({ a: [{}, [], null] })) }, bytes),
};

function pad(value: object, bytes: number): Record<string, unknown> {
  const missing = bytes - bytesOf({ ...value, pad: "" });
  return { ...value, pad: "x".repeat(missing) };
}

function nested(levels: number, leaf: (inner: unknown) => unknown): unknown {
  let value: unknown = "leaf";
  for (let level = 0; level < levels; level++) value = leaf(value);
  return value;
}

/** Everywhere that metadata is given: to whom, and how it is stored. */
const places = {
  async "a new conversation"(metadata: unknown) {
    const ours = await newWorkspace();
    const input = { customer: { externalId: "visitor" }, metadata };
    return { ours, operation: "getOrCreateConversation" as const, input, field: "input.metadata" };
  },
  async "a new sub-conversation"(metadata: unknown) {
    const ours = await newWorkspace();
    const [parentId] = await newChain(ours, 1);
    return {
      ours,
      operation: "createSubConversation" as const,
      input: { parentId, metadata },
      field: "input.metadata",
    };
  },
  async "a conversation updated"(metadata: unknown) {
    const ours = await newWorkspace();
    const [id] = await newChain(ours, 1);
    return { ours, operation: "updateConversation" as const, input: { id, metadata }, field: "input.metadata" };
  },
  async "a customer"(metadata: unknown) {
    const ours = await newWorkspace();
    const input: Input = { customer: { externalId: "visitor", metadata } };
    return { ours, operation: "getOrCreateConversation" as const, input, field: "input.customer.metadata" };
  },
};

describe.each(Object.entries(places))("metadata of %s", (place, open) => {
  async function stored(metadata: unknown): Promise<unknown> {
    const { ours, operation, input } = await open(metadata);
    const conversation = await conversationOf(ours, operation, input);
    if (place !== "a customer") return conversation.metadata;
    const { customer } = await ours.ask(`{ customer(externalId: "visitor") { metadata } }`);
    return customer.metadata;
  }

  async function expectRefusal(metadata: unknown, reason: string) {
    const { ours, operation, input, field } = await open(metadata);
    expect(await refusalOf(ours, operation, input)).toEqual(bad(reason, field));
  }

  test("is stored exactly as it came", async () => {
    const metadata = {
      ...{ "": 1, " a.b ": "c", ключ: "значение", constructor: 1, toString: "x", hasOwnProperty: false, $ref: {} },
      numbers: [0, 0.1, -1.5, 1e-7, 5e-324, 123456789.12345679, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
      texts: ["", "null", '\u0001\n"\\', "\u2028", "😀", "\uffff", "'; --"],
      empty: [{}, [], [[]], [null]],
    };
    expect(await stored(metadata)).toEqual(metadata);
  });

  test.each(Object.entries(fillers))("may have 16 KiB of compact JSON, not a byte more: %s", async (_what, make) => {
    const full = make(maxBytes);
    expect(bytesOf(full)).toBe(maxBytes);
    expect(await stored(full)).toEqual(full);
    await expectRefusal(make(maxBytes + 1), "METADATA_TOO_LARGE");
  });

  test("may have 10 levels of objects and lists, not one more", async () => {
    for (const wrap of [(inner: unknown) => ({ a: inner }), (inner: unknown) => [inner]]) {
      const deepest = { a: nested(9, wrap) };
      expect(await stored(deepest)).toEqual(deepest);
      await expectRefusal({ a: nested(10, wrap) }, "METADATA_TOO_DEEP");
    }
    await expectRefusal({ a: nested(4000, (inner) => [inner]) }, "METADATA_TOO_DEEP");
  });

  test("has no NUL and no lone surrogate, in keys or values, at any level", async () => {
    for (const text of ["\0", "a\0b", "\ud800", "\udc00a"])
      for (const metadata of [{ a: text }, { [text]: 1 }, { a: [{ b: [text] }] }, { a: [{ [text]: {} }] }])
        await expectRefusal(metadata, "INVALID_TEXT");
  });

  test("has no key __proto__, at any level", async () => {
    for (const text of [`{"__proto__": {"a": 1}}`, `{"a": [{"__proto__": null}]}`, `{"a": {"b": {"__proto__": 1}}}`])
      await expectRefusal(JSON.parse(text), "INVALID_METADATA");
  });

  test("has no number that would lose digits", async () => {
    for (const number of ["9007199254740992", "-9007199254740993", "12345678901234567890", "1e21", "1e400"])
      await expectRefusal(JSON.parse(`{"a": [${number}]}`), "INVALID_METADATA");
  });

  test("is an object", async () => {
    for (const metadata of [[], "{}", 1, true, [{}]]) {
      const { ours, operation, input, field } = await open(metadata);
      expect(await refusalOf(ours, operation, input)).toEqual(bad("INVALID_VARIABLES", field));
    }
  });
});

describe("metadata after the merge", () => {
  test.each(Object.entries(fillers))("may have 16 KiB, not a byte more: %s", async (_what, make) => {
    const ours = await newWorkspace();
    const [id] = await newChain(ours, 1);
    const { pad: text, ...rest } = make(maxBytes) as { pad: string };
    await run(ours, "updateConversation", { id, metadata: rest });
    expect(await refusalOf(ours, "updateConversation", { id, metadata: { pad: `${text}x` } })).toEqual(
      bad("METADATA_TOO_LARGE", "input.metadata"),
    );
    const { metadata } = await conversationOf(ours, "updateConversation", { id, metadata: { pad: text } });
    expect(bytesOf(metadata)).toBe(maxBytes);
  });

  test("of a customer may have 16 KiB, not a byte more", async () => {
    const ours = await newWorkspace();
    const ask = (metadata: object) => ({ customer: { externalId: "visitor", metadata } });
    const text = "x".repeat(maxBytes - bytesOf({ a: 1, pad: "" }));
    await run(ours, "getOrCreateConversation", ask({ a: 1 }));
    expect(await refusalOf(ours, "getOrCreateConversation", ask({ pad: `${text}x` }))).toEqual(
      bad("METADATA_TOO_LARGE", "input.customer.metadata"),
    );
    await run(ours, "getOrCreateConversation", ask({ pad: text }));
  });
});

describe("metadata written into the document", () => {
  const sent = (metadata: string) =>
    `mutation { getOrCreateConversation(input: { customer: { externalId: "visitor" }, metadata: ${metadata} }) { conversation { metadata } } }`;

  test("is taken like that of variables", async () => {
    const ours = await newWorkspace();
    const { getOrCreateConversation } = await ours.ask(sent(`{ a: [1, 2.5, "b", true, null, { c: {} }] }`));
    expect(getOrCreateConversation.conversation.metadata).toEqual({ a: [1, 2.5, "b", true, null, { c: {} }] });
  });

  test.each([
    ["{ __proto__: { a: 1 } }", "INVALID_METADATA"],
    ["{ a: { __proto__: 1 } }", "INVALID_METADATA"],
    ["{ a: 9007199254740993 }", "INVALID_METADATA"],
    ["{ a: $b }", "INVALID_METADATA"],
    [`{ a: "\\u0000" }`, "INVALID_TEXT"],
    [`{ a: "\\uD800" }`, undefined],
  ])("is refused like that of variables: %s", async (metadata, reason) => {
    const ours = await newWorkspace();
    const { data, errors } = await ours.query(
      sent(metadata).replace("mutation", metadata.includes("$b") ? "mutation ($b: String)" : "mutation"),
    );
    expect(Object.values(data ?? {}).filter((payload) => payload !== null)).toEqual([]);
    expect(errors?.[0]?.extensions).toMatchObject({
      code: "BAD_USER_INPUT",
      ...(reason && { reason, field: "input.metadata" }),
    });
  });
});
