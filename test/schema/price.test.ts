import fc from "fast-check";
import { isObjectType, parse } from "graphql";
import { beforeAll, describe, expect, test } from "vitest";
import { costOf, priceOf } from "../../src/schema/cost.ts";
import { schema } from "../../src/schema/index.ts";
import { testDatabase } from "../support/database.ts";
import { startGateway } from "../support/gateway.ts";
import { operationFrom } from "../support/random-operation.ts";
import { newWorkspace } from "../support/workspace.ts";

const price = (document: string, variables?: Record<string, unknown>) =>
  priceOf(schema, parse(document), undefined, variables);

describe("the price of an operation", () => {
  test("is known for every field of the schema", () => {
    const args = { ids: [], representations: [] };
    const types = Object.values(schema.getTypeMap()).filter(
      (type) => isObjectType(type) && !type.name.startsWith("__"),
    );
    const fields = types.flatMap((type) =>
      (isObjectType(type) ? Object.values(type.getFields()) : []).map((f) => ({ type, f })),
    );
    expect(fields.length).toBeGreaterThan(100);
    for (const { type, f } of fields) {
      if (isObjectType(type)) expect(costOf(f, type, args).rows, `${type.name}.${f.name}`).toBeGreaterThanOrEqual(0);
    }
  });

  test.each([
    ["one record", `{ conversation(id: "x") { name } }`, 1],
    ["a page, and one row to know whether more follow", `{ conversations(first: 20) { nodes { name } } }`, 21],
    ["the default page", `{ conversations { nodes { name } } }`, 31],
    ["pages in a page", `{ conversations(first: 20) { nodes { children(last: 5) { nodes { name } } } } }`, 21 + 20 * 6],
    ["edges like nodes", `{ conversations(first: 20) { edges { node { customer { name } } } } }`, 21 + 20],
    ["aliases each", `{ a: conversation(id: "x") { name } b: conversation(id: "x") { name } }`, 2],
    ["a field asked twice once", `{ conversation(id: "x") { name } conversation(id: "x") { type } }`, 1],
    ["nodes by their number", `{ nodes(ids: ["a", "b", "c"]) { ... on Conversation { parent { id } } } }`, 3 + 3],
    ["nothing for what is skipped", `{ conversation(id: "x") @skip(if: true) { name } }`, 0],
    [
      "a record that a filter names",
      `{ conversations(first: 1, filter: {customerExternalId: "x", channelIdentifier: "a.example", type: DIRECT}) { nodes { id } } }`,
      4,
    ],
    [
      "a count of a list",
      `{ conversations(first: 1) { ...C } } fragment C on ConversationConnection { totalCount }`,
      10_003,
    ],
  ])("counts %s", (_, document, expected) => {
    expect(price(document)).toBe(expected);
  });

  test("follows variables and their defaults", () => {
    const document = "query ($n: Int = 7) { conversations(first: $n) { nodes { id } } }";
    expect([price(document), price(document, { n: 50 })]).toEqual([8, 51]);
  });

  test("is not counted to its end when fragments multiply it", () => {
    const fragments = Array.from(
      { length: 40 },
      (_, i) => `fragment F${i} on Conversation { a: parent { ...F${i + 1} } b: parent { ...F${i + 1} } }`,
    );
    const document = `{ conversation(id: "x") { ...F0 } } ${fragments.join(" ")} fragment F40 on Conversation { id }`;
    expect(price(document)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("an operation over the budget", () => {
  const document = "{ conversations(first: 50) { nodes { children(first: 50) { nodes { id } } } } }";

  test("is refused whole before any SQL, with price and budget", async () => {
    const gateway = await startGateway({ queryBudget: 1000, keyCacheSeconds: 60 });
    await gateway.post({ query: "{ viewer { permissions } }" });
    const { recordStatements } = await testDatabase();
    const sent = await recordStatements(async () => {
      const { status, body } = await gateway.post(
        {
          query: `mutation { updateConversation(input: {id: "x", name: "y"}) { conversation { children(first: 100) { nodes { children(first: 100) { nodes { id } } } } } } }`,
        },
        { accept: "application/graphql-response+json" },
      );
      expect(body.errors[0].extensions).toMatchObject({
        code: "BAD_USER_INPUT",
        reason: "QUERY_TOO_EXPENSIVE",
        budget: 1000,
      });
      expect(body.errors[0].extensions.price).toBeGreaterThan(10_000);
      expect(body.data).toBeUndefined();
      expect(status).toBe(400);
    });
    expect(sent).toEqual([]);
  });

  test("runs where the budget allows it", async () => {
    const gateway = await startGateway({ queryBudget: 51 + 50 * 51 });
    const { body } = await gateway.post({ query: document });
    expect(body).toEqual({ data: { conversations: { nodes: [] } } });
  });
});

test("an answer tells its cost to who asks with x-query-cost", async () => {
  const gateway = await startGateway();
  const query = "{ conversations(first: 4) { nodes { id } } }";
  const { body } = await gateway.post({ query }, { "x-query-cost": "1" });
  expect(body.extensions).toEqual({ cost: { price: 5, budget: 25_000 } });
  expect((await gateway.post({ query })).body.extensions).toBeUndefined();
});

describe("whatever is asked", () => {
  let workspace: Awaited<ReturnType<typeof newWorkspace>>;
  const ids: string[] = [];
  let rows = 0;

  beforeAll(async () => {
    workspace = await newWorkspace();
    const { db, pool } = await testDatabase();
    for (let level = 0; level < 3; level++) {
      for (let i = 0; i < 4; i++) {
        const parent = level > 0 ? `parentId: "${ids.at(-4)}"` : "";
        const field = level > 0 ? "createSubConversation" : "getOrCreateConversation";
        const data = await workspace.ask(
          `mutation { ${field}(input: {${parent} customer: {externalId: "c${level}${i}"}, channelIdentifier: "${i}.example.com"}) { conversation { id } } }`,
        );
        ids.push(data[field].conversation.id);
      }
    }
    const { caller } = workspace;
    await db.message.createMany({
      data: ids.flatMap((id) =>
        ["a", "b", "c"].map((text) => ({
          workspaceId: caller.workspaceId,
          conversationId: id.slice(13),
          authorMemberId: caller.memberId,
          text,
        })),
      ),
    });
    const send = pool.query.bind(pool) as (...args: unknown[]) => Promise<{ rows: unknown[] }>;
    pool.query = (async (...args: unknown[]) => {
      const result = await send(...args);
      rows += result.rows.length;
      return result;
    }) as typeof pool.query;
  });

  test("the rows that the database returns never exceed the price", async () => {
    let busy = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(1000), { minLength: 30, maxLength: 120 }), async (choices) => {
        const document = operationFrom(schema, ids, choices);
        const expected = price(document) as number;
        rows = 0;
        await workspace.ask(document);
        if (rows > 5) busy++;
        expect(rows, document).toBeLessThanOrEqual(expected);
      }),
      { numRuns: 150 },
    );
    expect(busy).toBeGreaterThan(30);
  });
});
