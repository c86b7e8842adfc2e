import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeGlobalId, encodeGlobalId, nodeTypes } from "../src/global-id.ts";
import { hostnameOf } from "../src/rules/hostname.ts";
import { testDatabase } from "./support/database.ts";
import { newWorkspace } from "./support/workspace.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Text that the database can store. */
const text = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom('"', "\\", "\n", "\u001f", "\u007f"),
      fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
    ),
  })
  .filter((value) => !value.includes("\0"));
// Few keys, so that target and patch share many of them; and such as objects inherit.
const key = fc
  .oneof({ weight: 6, arbitrary: fc.constantFrom("a", "b", "c", "", "toString", "constructor", "length") }, text)
  .filter((value) => value !== "__proto__");
/** Numbers that JavaScript and jsonb write alike: safe integers and a few decimals. */
const number = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer({ min: -99_999, max: 99_999 }).map((cents) => cents / 100),
);

function objectOf(value: fc.Arbitrary<Json>): fc.Arbitrary<{ [key: string]: Json }> {
  return fc.dictionary(key, value, { maxKeys: 5, noNullPrototype: true });
}

const json = fc.letrec<{ value: Json; object: { [key: string]: Json } }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: "medium" },
    fc.oneof(fc.constant(null), fc.boolean(), number, text),
    fc.array(tie("value"), { maxLength: 4 }),
    tie("object"),
  ),
  object: objectOf(tie("value")),
}));

/** MergePatch of RFC 7396, section 2, word for word. */
function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const result: { [key: string]: Json } = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = mergePatch(Object.hasOwn(result, name) ? result[name] : undefined, value);
  }
  return result;
}

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

describe("in SQL", () => {
  test("jsonb_merge_patch is the merge of RFC 7396", async () => {
    const { pool } = await testDatabase();
    await fc.assert(
      fc.asyncProperty(json.value, json.value, async (target, patch) => {
        const values = [target, patch].map((value) => JSON.stringify(value));
        const { rows } = await pool.query("SELECT jsonb_merge_patch($1::jsonb, $2::jsonb) AS merged", values);
        expect(rows[0].merged).toEqual(mergePatch(target, patch));
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [
      ["a", "b"],
      ["c", "d"],
      ["c", "d"],
    ],
    [{ a: "b" }, ["c"], ["c"]],
    [{ a: "foo" }, null, null],
    [{ a: "foo" }, "bar", "bar"],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: "b", c: null }, { a: "b" }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])("jsonb_merge_patch is right in the RFC's appendix: %j with %j is %j", async (target, patch, result) => {
    const { pool } = await testDatabase();
    const values = [target, patch].map((value) => JSON.stringify(value));
    const { rows } = await pool.query("SELECT jsonb_merge_patch($1::jsonb, $2::jsonb) AS merged", values);
    expect(rows).toEqual([{ merged: result }]);
    expect(mergePatch(target, patch)).toEqual(result);
  });

  test("jsonb_compact_size is the size in bytes of compact JSON", async () => {
    const { pool } = await testDatabase();
    await fc.assert(
      fc.asyncProperty(json.value, async (value) => {
        const compact = JSON.stringify(value);
        const { rows } = await pool.query("SELECT jsonb_compact_size($1::jsonb) AS size", [compact]);
        expect(rows).toEqual([{ size: Buffer.byteLength(compact) }]);
      }),
      { numRuns: 500 },
    );
  });

  test("name_grams and customer_grams are any three characters in a row, and the first one and two", async () => {
    const { pool } = await testDatabase();
    const gramsOf = (value: string | null) => {
      const characters = [...(value ?? "")];
      return characters.map((_, at) => characters.slice(Math.max(0, at - 2), at + 1).join(""));
    };
    const name = fc.option(text);
    await fc.assert(
      fc.asyncProperty(name, name, name, async (...names) => {
        const { rows } = await pool.query(
          `SELECT name_grams($1) AS "ofName", customer_grams($1, $2, $3) AS "ofCustomer", lower($3 COLLATE "C") AS lowered`,
          names,
        );
        const [first, email] = names;
        expect(rows[0].ofName).toEqual(first === null ? null : gramsOf(first));
        expect(rows[0].ofCustomer).toEqual([first, email, rows[0].lowered].flatMap(gramsOf));
      }),
    );
  });

  test("uuid_v7 is a UUID of version 7 that tells its time and sorts by it", async () => {
    const { pool } = await testDatabase();
    const { rows } = await pool.query<{ id: string }>("SELECT uuid_v7() AS id FROM generate_series(1, 2000)");
    const [{ now }] = (await pool.query("SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now")).rows as [
      { now: string },
    ];
    const ids = rows.map(({ id }) => id);
    expect(new Set(ids).size).toBe(2000);
    for (const id of ids) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16)).toBeLessThanOrEqual(Number(now));
    }
    const timed = ids.map((id) => id.slice(0, 18));
    expect(timed).toEqual(timed.toSorted());
  });
});

test("updateConversation merges metadata as RFC 7396 says, one patch after the other", async () => {
  const { ctx, caller, ask } = await newWorkspace();
  const document = `mutation ($input: UpdateConversationInput!) {
    updateConversation(input: $input) { conversation { metadata } } }`;
  const patches = fc.array(fc.option(json.object, { freq: 12 }), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(patches, async (all) => {
      const { id } = await ctx.db.conversation.create({ data: { workspaceId: caller.workspaceId, type: "GROUP" } });
      let expected: Json = {};
      for (const metadata of all) {
        expected = mergePatch(expected, metadata) ?? {};
        const { updateConversation } = await ask(document, {
          input: { id: encodeGlobalId("Conversation", id), metadata },
        });
        expect(updateConversation.conversation.metadata).toEqual(expected);
      }
    }),
    { numRuns: 60 },
  );
});

describe("ids of clients", () => {
  test("give back the type and uuid they were made of", () => {
    fc.assert(
      fc.property(fc.constantFrom(...nodeTypes), fc.uuid(), (type, id) => {
        expect(decodeGlobalId(encodeGlobalId(type, id))).toEqual({ type, id });
      }),
    );
  });

  test("have one spelling: everything else is none", () => {
    const id = fc.tuple(fc.constantFrom(...nodeTypes), fc.uuid()).map(([type, uuid]) => encodeGlobalId(type, uuid));
    const spoiled = fc
      .tuple(id, fc.nat({ max: 60 }), fc.nat({ max: 3 }), fc.string({ maxLength: 2 }))
      .map(([value, at, removed, added]) => value.slice(0, at) + added + value.slice(at + removed));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          spoiled,
          id.map((value) => value.toUpperCase()),
        ),
        (value) => {
          const decoded = decodeGlobalId(value);
          if (decoded) expect(encodeGlobalId(decoded.type, decoded.id)).toBe(value);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

test("the hostname of a hostname is itself", () => {
  const written = fc.oneof(
    fc.webUrl({ withFragments: true, withQueryParameters: true }),
    fc.domain().map((domain) => ` ${domain.toUpperCase()}.:8080/path`),
    fc.string({
      unit: fc.constantFrom("a", "Z", "0", ".", "-", "_", ":", "/", "@", "%", "[", "]", " ", "ß", "。", "中", "xn--"),
    }),
    fc.string({ unit: "binary" }),
  );
  fc.assert(
    fc.property(written, (address) => {
      const hostname = hostnameOf(address);
      if (hostname !== undefined) expect(hostnameOf(hostname)).toBe(hostname);
    }),
    { numRuns: 5000 },
  );
});
