import { getIntrospectionQuery } from "graphql";
import { beforeAll, describe, expect, test } from "vitest";
import { defaultLimits } from "../../src/config.ts";
import { testDatabase } from "../support/database.ts";
import { startGateway } from "../support/gateway.ts";

const times = (count: number, text: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => text(i)).join(" ");

/** Conversations below conversations, so many levels of fields deep: an odd number from 3 on. */
const nested = (levels: number): string =>
  levels > 3 ? `nodes { children(first: 0) { ${nested(levels - 2)} } }` : "nodes { id }";
const deep = (levels: number) => `conversations(first: 0) { ${nested(levels)} }`;

const disguises: [
  reason: string,
  limit: keyof typeof defaultLimits,
  name: string,
  document: (size: number) => string,
][] = [
  ["DOCUMENT_TOO_DEEP", "maxDepth", "levels", (size) => `{ ${deep(size)} }`],
  ["DOCUMENT_TOO_DEEP", "maxDepth", "levels of a fragment", (size) => `{ ...F } fragment F on Query { ${deep(size)} }`],
  [
    "DOCUMENT_TOO_DEEP",
    "maxDepth",
    "levels of fragments in one another, before the operation",
    (size) => `fragment A on Query { ... on Query { ...B } } fragment B on Query { ${deep(size)} } query { ...A }`,
  ],
  ["TOO_MANY_ALIASES", "maxAliases", "aliases", (size) => `{ ${times(size, (i) => `a${i}: viewer { permissions }`)} }`],
  [
    "TOO_MANY_ALIASES",
    "maxAliases",
    "aliases of __typename",
    (size) => `{ ${times(size, (i) => `a${i}: __typename`)} }`,
  ],
  [
    "TOO_MANY_ALIASES",
    "maxAliases",
    "aliases in fragments, before the operation",
    (size) =>
      `fragment A on Query { ${times(size - 1, (i) => `a${i}: __typename`)} ...B } fragment B on Query { b: __typename } query { ...A }`,
  ],
  [
    "TOO_MANY_DIRECTIVES",
    "maxDirectives",
    "directives",
    (size) => `{ __typename ${times(size, () => "viewer @skip(if: true) { permissions }")} }`,
  ],
  [
    "TOO_MANY_DIRECTIVES",
    "maxDirectives",
    "directives on fragments",
    (size) => `{ __typename ${times(size, () => "... @include(if: true) { __typename }")} }`,
  ],
  ["TOO_MANY_FRAGMENTS", "maxFragments", "fragments that spread each other", (size) => `{ ...F0 } ${chain(size)}`],
  [
    "TOO_MANY_FRAGMENTS",
    "maxFragments",
    "fragments before the operation, each spread once",
    (size) =>
      `${times(size, (i) => `fragment F${i} on Query { ... { __typename } }`)} { ${times(size, (i) => `...F${i}`)} }`,
  ],
];

/** So many fragments, of which each spreads the next. */
const chain = (size: number) =>
  `${times(size - 1, (i) => `fragment F${i} on Query { ...F${i + 1} }`)} fragment F${size - 1} on Query { __typename }`;

describe("a document", () => {
  let byDefault: Awaited<ReturnType<typeof startGateway>>;
  let narrow: Awaited<ReturnType<typeof startGateway>>;
  const limits = { maxDepth: 5, maxAliases: 3, maxDirectives: 3, maxFragments: 3, maxTokens: 100 };
  beforeAll(async () => {
    byDefault = await startGateway({ limits: { maxDepth: 39 } });
    narrow = await startGateway({ limits, keyCacheSeconds: 60 });
  });

  test.each(disguises)("is refused as %s above %s: %s", async (reason, limit, _, document) => {
    const step = reason === "DOCUMENT_TOO_DEEP" ? 2 : 1;
    const size = limit === "maxDepth" ? 39 : defaultLimits[limit];
    expect((await byDefault.post({ query: document(size) })).body.errors).toBeUndefined();
    const { status, error } = await byDefault.post(
      { query: document(size + step) },
      { accept: "application/graphql-response+json" },
    );
    expect({ status, error }).toEqual({ status: 400, error: { code: "BAD_USER_INPUT", reason, field: undefined } });
  });

  test.each(disguises)("is refused as %s above a %s of one's own: %s", async (reason, limit, _, document) => {
    const size = limits[limit as keyof typeof limits];
    await narrow.post({ query: "{ __typename }" });
    const { countStatements } = await testDatabase();
    const statements = await countStatements(async () => {
      expect((await narrow.post({ query: document(size + 2) })).error).toMatchObject({ reason });
    });
    expect(statements).toBe(0);
    expect((await narrow.post({ query: document(size) })).body.errors).toBeUndefined();
  });

  test("is refused above its number of tokens, by default and of one's own", async () => {
    for (const [gateway, size] of [
      [byDefault, defaultLimits.maxTokens],
      [narrow, limits.maxTokens],
    ] as const) {
      const query = (tokens: number) => `{ ${times(tokens - 2, () => "a")} }`;
      const [more, most] = [await gateway.post({ query: query(size + 1) }), await gateway.post({ query: query(size) })];
      expect([more.error.reason, more.body.errors[0].message]).toEqual([
        "INVALID_SYNTAX",
        expect.stringContaining(`${size} tokens`),
      ]);
      expect(most.error.reason).toBe("INVALID_DOCUMENT");
    }
  });

  test("is refused above 100 operations, or 100 fragments spread, whether there are such fragments or not", async () => {
    const operations = (count: number) => times(count, (i) => `query Q${i} { __typename }`);
    const ask = async (query: string, operationName?: string) =>
      (await byDefault.post({ query, operationName })).error.reason;
    expect(await ask(operations(100), "Q99")).toBeUndefined();
    expect(await ask(operations(101), "Q99")).toBe("TOO_MANY_OPERATIONS");
    expect(await ask(`{ ${times(100, (i) => `...F${i}`)} }`)).toBe("INVALID_DOCUMENT");
    expect(await ask(`{ ${times(101, (i) => `...F${i}`)} }`)).toBe("TOO_MANY_FRAGMENTS");
  });

  test("that cannot be validated in reasonable time is the client's mistake, not ours", async () => {
    for (const document of [
      `{ viewer { ${times(4_900, () => "permissions")} } }`,
      `{ ${times(700, () => "viewer { workspace { name } }")} }`,
      `{ ${times(4_900, () => "nothing")} }`,
    ]) {
      const { error } = await byDefault.post({ query: document });
      expect(error).toEqual({ code: "BAD_USER_INPUT", reason: "INVALID_DOCUMENT" });
    }
    expect(byDefault.logged).toEqual([]);
  });

  test("whose fragments spread others many times is answered as if each did once", async () => {
    const fragments = times(60, (i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`);
    const query = `{ ...F0 } ${fragments} fragment F60 on Query { __typename }`;
    expect((await byDefault.post({ query })).body).toEqual({ data: { __typename: "Query" } });
  });
});

describe("introspection", () => {
  test("is answered, for a price that grows with the selection", async () => {
    const gateway = await startGateway();
    const priceOf = async (query: string) => {
      const { body } = await gateway.post({ query }, { "x-query-cost": "1" });
      expect(body.errors).toBeUndefined();
      return body.extensions.cost.price;
    };
    const names = await priceOf("{ __schema { types { name } } }");
    const fields = await priceOf("{ __schema { types { name fields { name args { name } } } } }");
    const all = await priceOf(getIntrospectionQuery({ inputValueDeprecation: true }));
    expect([0 < names, names < fields, fields < all, all < defaultLimits.queryBudget / 5]).toEqual(Array(4).fill(true));
    const twice = await priceOf("{ a: __schema { types { name } } b: __schema { types { name } } }");
    expect(twice).toBeGreaterThan(names);
  });

  test("that multiplies itself by aliases is over the budget", async () => {
    const gateway = await startGateway({ limits: { maxAliases: 1_000 } });
    const fields = times(20, (i) => `a${i}: fields { ${times(20, (j) => `b${j}: args { name }`)} }`);
    const { error } = await gateway.post({ query: `{ __schema { types { ${fields} } } }` });
    expect(error.reason).toBe("QUERY_TOO_EXPENSIVE");
  });

  test.each([
    "{ __schema { queryType { name } } }",
    '{ __type(name: "Query") { name } }',
    "{ ...F } fragment F on Query { a: __schema { types { name } } }",
  ])("is refused when it is switched off: %s", async (query) => {
    const gateway = await startGateway({ introspection: false });
    expect((await gateway.post({ query })).error).toMatchObject({ code: "BAD_USER_INPUT", reason: "INVALID_DOCUMENT" });
    expect((await gateway.post({ query: "{ __typename viewer { __typename } }" })).body.errors).toBeUndefined();
  });

  test("switched off, errors do not suggest names of the schema", async () => {
    const gateway = await startGateway({ introspection: false });
    const { text } = await gateway.post({ query: "{ conversatio { id } viewer { workspac memberr: membe { nam } } }" });
    expect(text).toContain('Cannot query field \\"workspac\\" on type \\"Viewer\\".');
    const create =
      "mutation ($input: GetOrCreateConversationInput!) { getOrCreateConversation(input: $input) { outcome } }";
    const wrong = await gateway.post({ query: create, variables: { input: { customerI: "x", type: "DIREC" } } });
    expect(wrong.error.reason).toBe("INVALID_VARIABLES");
    expect(text + wrong.text).not.toMatch(/Did you mean|conversations|workspace\b|customerId|DIRECT\b/);
  });
});

describe("a batch", () => {
  const typename = { query: "{ __typename }" };

  test("is refused by default", async () => {
    const gateway = await startGateway();
    expect(await gateway.post([typename])).toMatchObject({ status: 400, error: { reason: "INVALID_REQUEST" } });
  });

  describe("where batches are allowed", () => {
    let gateway: Awaited<ReturnType<typeof startGateway>>;
    beforeAll(async () => {
      gateway = await startGateway({ limits: { maxBatch: 3, queryBudget: 110 }, rateLimitPerMinute: 1000 });
    });

    test("is answered in its order, each operation with its own errors, codes closed and nothing internal", async () => {
      const { status, body } = await gateway.post([
        { query: "{ viewer { permissions } }" },
        { query: "{ nothing }" },
        { query: 'mutation { updateConversation(input: {id: "x", name: "y"}) { conversation { id } } }' },
      ]);
      expect(status).toBe(200);
      expect(body).toMatchObject([
        { data: { viewer: { permissions: ["READ", "ENGAGE", "DELETE"] } } },
        { errors: [{ extensions: { code: "BAD_USER_INPUT", reason: "INVALID_DOCUMENT" } }] },
        {
          data: { updateConversation: null },
          errors: [{ extensions: { code: "BAD_USER_INPUT", reason: "INVALID_ID" } }],
        },
      ]);
      expect(JSON.stringify(body)).not.toMatch(/"http"|stack/);
    });

    test.each([
      ["no operation", []],
      ["too many", Array(4).fill(typename)],
      ["what is none", [typename, 1]],
      ["a batch", [[typename]]],
      ["null", [null]],
    ])("is refused with %s in it", async (_, batch) => {
      expect(await gateway.post(batch)).toMatchObject({ status: 400, error: { reason: "INVALID_REQUEST" } });
    });

    test("has one budget for all of it, and costs its key no more than the sum", async () => {
      const listing = (first: number) => ({ query: `{ conversations(first: ${first}) { nodes { id } } }` });
      const left = ({ headers }: { headers: Headers }) => Number(headers.get("ratelimit-remaining"));
      const before = left(await gateway.post(typename));
      const answer = await gateway.post([listing(40), listing(40), listing(40)]);
      expect(answer.body.map(({ errors }: { errors?: unknown[] }) => errors?.length ?? 0)).toEqual([0, 0, 1]);
      expect(answer.body[2].errors[0].extensions).toMatchObject({ reason: "QUERY_TOO_EXPENSIVE", price: 123 });
      // Two objects of each answer.
      expect(before - left(answer)).toBeGreaterThanOrEqual(1 + 2 + 2);
      expect(before - left(answer)).toBeLessThanOrEqual(1 + 41 + 41);
    });
  });
});
