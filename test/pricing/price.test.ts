import fc from "fast-check";
import { isObjectType, parse, print } from "graphql";
import { beforeAll, describe, expect, test } from "vitest";
import { beginUsage, currentUsage } from "../../src/database/usage.ts";
import { costOf } from "../../src/pricing/field-cost.ts";
import { priceOf } from "../../src/pricing/price.ts";
import { frame } from "../../src/pricing/rows-used.ts";
import { schema } from "../../src/schema/index.ts";
import { testDatabase } from "../support/database.ts";
import { startGateway } from "../support/gateway.ts";
import { operationFrom } from "../support/random-operation.ts";
import { rowsScanned } from "../support/rows-scanned.ts";
import { newWorkspace } from "../support/workspace.ts";

const price = (document: string, variables?: Record<string, unknown>) =>
  priceOf({ schema, document: parse(document), variableValues: variables });

const times = (count: number, text: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => text(i)).join(" ");

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
    [
      "the records of a list that are answered again as rows",
      "{ conversations(first: 20) { edges { node { name } n: node { name } } again: edges { cursor node { name } } nodes { name } pageInfo { hasNextPage } } }",
      21 + 20 * 3,
    ],
    ["aliases each", `{ a: conversation(id: "x") { name } b: conversation(id: "x") { name } }`, 2],
    ["a field asked twice once", `{ conversation(id: "x") { name } conversation(id: "x") { type } }`, 1],
    ["nodes by their number", `{ nodes(ids: ["a", "b", "c"]) { ... on Conversation { parent { id } } } }`, 3 + 3],
    ["a value answered again as a row", `{ conversations(first: 20) { nodes { a: name b: name c: type } } }`, 21 + 20],
    [
      "what may be long as several rows",
      `{ conversations(first: 20) { nodes { metadata lastMessage { text } } } }`,
      21 + 20 * (4 + 2 + 4),
    ],
    ["a search as more than a page", '{ customers(first: 1, filter: {name: "Jane"}) { nodes { id } } }', 2 + 200],
    [
      "a list of a workspace by what no index finds in its order as a search",
      "{ conversations(first: 1, filter: {types: [GROUP]}, orderBy: {field: NAME, direction: ASC}) { nodes { id } } }",
      2 + 200,
    ],
    ["a batch of events", "subscription { events(first: 10) { nodes { conversation { name } } } }", 11 + 10],
    [
      "a batch of a wrong size as an empty one",
      "subscription { events(first: -1000) { nodes { conversation { name } } } }",
      1,
    ],
    [
      "a list by one type, and its total, as any other page",
      "{ conversations(first: 1, filter: {types: [GROUP]}) { totalCount nodes { id } } }",
      2 + 20,
    ],
    [
      "conversations of any depth as a search, but in the order of creation",
      `{ a: conversations(first: 1, filter: {scope: ANY_DEPTH}) { nodes { id } }
         b: conversations(first: 1, filter: {scope: ANY_DEPTH}, orderBy: {field: NAME, direction: ASC}) { nodes { id } } }`,
      2 + 202,
    ],
    [
      "the records that each part of a filter names",
      `{ conversations(first: 1, filter: {customerExternalId: "x", not: {channelIdentifier: "a.de"}, or: [{customerExternalId: "y"}]}) { nodes { id } } }`,
      202 + 3,
    ],
    ["no search for null", "{ conversations(first: 1, filter: {types: null, name: null}) { nodes { id } } }", 2],
    [
      "every count of a search as another",
      "{ customers(first: 1, filter: {metadata: {a: 1}}) { totalCount a: totalCount } }",
      202 + 2 * (1000 / 50 + 200) + 1,
    ],
    ["the printed schema, each time", `{ _service { a: sdl b: sdl } }`, 30 + 31],
    ["nothing for what is skipped", `{ conversation(id: "x") @skip(if: true) { name } }`, 0],
    [
      "a record that a filter names",
      `{ conversations(first: 1, filter: {customerExternalId: "x", parentId: "y"}) { nodes { id } } }`,
      3,
    ],
    [
      "a count of a list by how far it may count",
      `{ conversations(first: 1) { ...C } } fragment C on ConversationConnection {
        totalCount a: totalCount(atMost: 10000) totalCountIsExact(atMost: 500) b: totalCount(atMost: 99999) }`,
      2 + (1_000 + 10_000 + 500 + 10_000) / 50 + 2,
    ],
    [
      "lists of records by pages of 10",
      "{ conversations { nodes { children { nodes { messages { nodes { text } } } } } } }",
      31 + 30 * 11 + 30 * 10 * (11 + 10 * 4),
    ],
    [
      "the channels of a conversation as the usual number",
      `{ conversation(id: "x") { channels { identifier } } }`,
      1 + 3,
    ],
  ])("counts %s", (_, document, expected) => {
    expect(price(document)).toBe(expected);
  });

  test("follows variables and their defaults", () => {
    const document = "query ($n: Int = 7) { conversations(first: $n) { nodes { id } } }";
    expect([price(document), price(document, { n: 50 })]).toEqual([8, 51]);
  });

  test.each([
    ["an argument", 'query ($id: ID = "x", $yes: Boolean = true) { node(id: $id) { id @include(if: $yes) } LIST }'],
    ["a directive", '{ node(id: "x") { id @include(if: $yes) } LIST }'],
  ])("knows the rest of an operation of which %s turns out to be wrong", (_, document) => {
    const list = "conversations(first: 100) { nodes { children(first: 100) { nodes { id } } } }";
    const query = document.replace("LIST", list).replace(/^\{/, "query ($yes: Boolean = true) {");
    expect(price(query, { id: null, yes: null })).toBeGreaterThanOrEqual(101 + 100 * 101);
  });

  test("is that of the present variables, however often the document was priced with others", () => {
    const document =
      parse(`query ($id: ID!, $first: Int, $by: ConversationOrderField!, $more: Boolean!, $after: String) {
      conversation(id: $id) { id children(first: $first, after: $after) @include(if: $more) { nodes { id } } }
      conversations(first: 2, filter: { types: [GROUP] }, orderBy: { field: $by, direction: ASC }) { nodes { id } }
    }`);
    const values = { id: ["a", "b"], first: [undefined, null, 1, 7], by: ["NAME", "CREATED_AT"], more: [true, false] };
    const rows = fc.record({
      ...{ id: fc.constantFrom(...values.id), first: fc.constantFrom(...values.first) },
      ...{ by: fc.constantFrom(...values.by), more: fc.constantFrom(...values.more) },
      after: fc.constantFrom(undefined, "x"),
    });
    const seen = new Set<number | undefined>();
    const property = fc.property(rows, (variableValues) => {
      const anew = priceOf({ schema, document: parse(print(document)), variableValues });
      expect(priceOf({ schema, document, variableValues })).toBe(anew);
      seen.add(anew);
    });
    fc.assert(property, { numRuns: 200 });
    expect(seen.size).toBeGreaterThan(6);
  });

  test("is found at once when fragments are spread again and again", () => {
    const fragments = times(100, (i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`);
    expect(price(`{ ...F0 } ${fragments} fragment F100 on Query { conversations(first: 5) { nodes { id } } }`)).toBe(6);
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
    const gateway = await startGateway({ limits: { queryBudget: 1000 }, keyCacheSeconds: 60 });
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
    const gateway = await startGateway({ limits: { queryBudget: 51 + 50 * 51 } });
    const { body } = await gateway.post({ query: document });
    expect(body).toEqual({ data: { conversations: { nodes: [] } } });
  });
});

test("an answer tells its cost to a request with x-query-cost", async () => {
  const gateway = await startGateway();
  const query = "{ conversations(first: 4) { nodes { id } } }";
  const { body } = await gateway.post({ query }, { "x-query-cost": "1" });
  expect(body.extensions).toEqual({ cost: { price: 5, used: 2, budget: 25_000 } });
  expect((await gateway.post({ query })).body.extensions).toBeUndefined();
});

test("a count is paid once when the resolvers answer what the compiler has begun", async () => {
  const cost = async (compiler: boolean) => {
    const gateway = await startGateway({ compiler });
    const query = "{ conversations(first: 1) { totalCount } _service { sdl } }";
    return (await gateway.post({ query }, { "x-query-cost": "1" })).body.extensions.cost;
  };
  expect(await cost(true)).toEqual(await cost(false));
});

describe("for every operation", () => {
  let workspace: Awaited<ReturnType<typeof newWorkspace>>;
  const ids: string[] = [];

  beforeAll(async () => {
    workspace = await newWorkspace();
    const { db } = await testDatabase();
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
    const { workspaceId, memberId: authorMemberId } = workspace.caller;
    const messages = ids.flatMap((id) => ["a", "b", "c"].map((text) => ({ conversationId: id.slice(13), text })));
    await db.message.createMany({ data: messages.map((message) => ({ ...message, workspaceId, authorMemberId })) });
    await fillOtherWorkspace();
  });

  /** With large tables, and statistics of them, the planner chooses as in production. */
  async function fillOtherWorkspace() {
    const { pool } = await testDatabase();
    const { caller } = await newWorkspace();
    const ours = `"workspaceId" = '${caller.workspaceId}'`;
    const series = (count: number) => `generate_series(1, ${count}) AS n`;
    const statements = [
      `INSERT INTO "Customer" ("workspaceId", "externalId") SELECT '${caller.workspaceId}', 'other-' || n FROM ${series(2_000)}`,
      `INSERT INTO "Member" ("workspaceId", name) SELECT '${caller.workspaceId}', 'other-' || n FROM ${series(500)}`,
      `INSERT INTO "Channel" ("workspaceId", kind, identifier)
        SELECT '${caller.workspaceId}', 'WEBSITE', n || '.other.example.com' FROM ${series(500)}`,
      `INSERT INTO "Conversation" ("workspaceId", type, "ownerIntegrationId", "customerId")
        SELECT "workspaceId", 'DIRECT', '${caller.integrationId}', id FROM "Customer" WHERE ${ours}`,
      `INSERT INTO "Participant" ("workspaceId", "conversationId", "customerId")
        SELECT "workspaceId", id, "customerId" FROM "Conversation" WHERE ${ours}`,
      ...Array(3).fill(`INSERT INTO "Message" ("workspaceId", "conversationId", text, "authorMemberId")
        SELECT "workspaceId", id, 'text', '${caller.memberId}' FROM "Conversation" WHERE ${ours}`),
      "ANALYZE",
    ];
    // One after another: the database is not silent for longer than a statement takes.
    for (const statement of statements) await pool.query(statement);
  }

  /** The rows that were used, as the gateway counts them, whether the document was answered or refused: also those in one text. */
  async function rowsOf(document: string, variables?: Record<string, unknown>) {
    const { recordQueries } = await testDatabase();
    let answer: Awaited<ReturnType<typeof workspace.query>> | undefined;
    const usage = { ...beginUsage(), workspaceId: workspace.caller.workspaceId };
    const queries = await recordQueries(() =>
      currentUsage.run(usage, async () => {
        answer = await workspace.query(document, variables);
      }),
    );
    return { queries, rows: usage.rows, answer };
  }

  test("the rows and index entries that the database looks at never exceed twice the price", async () => {
    let busy = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(1000), { minLength: 30, maxLength: 120 }), async (choices) => {
        const { document, variables } = operationFrom(schema, ids, choices);
        const { queries } = await rowsOf(document, variables);
        let scanned = 0;
        for (const query of queries.filter(({ text }) => /^\s*(\/\*.*\*\/)?\s*(SELECT|WITH)\b/.test(text)))
          scanned += await rowsScanned(query);
        if (scanned > 10) busy++;
        expect(scanned, document).toBeLessThanOrEqual(2 * (price(document, variables) as number) + 10);
      }),
      { numRuns: 100 },
    );
    expect(busy).toBeGreaterThan(20);
  });

  test("the rows that are used never exceed the price and the frame of the answer", async () => {
    let busy = 0;
    let mistaken = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(1000), { minLength: 30, maxLength: 120 }), async (choices) => {
        const { document, variables } = operationFrom(schema, ids, choices);
        const { rows, answer } = await rowsOf(document, variables);
        if (rows > 5) busy++;
        if (answer?.errors && rows > 0) mistaken++;
        expect(answer?.errors?.filter(({ path }) => !path) ?? [], document).toEqual([]);
        expect(rows, document).toBeLessThanOrEqual((price(document, variables) as number) + frame);
      }),
      { numRuns: 150 },
    );
    expect([busy > 15, mistaken > 2]).toEqual([true, true]);
  });

  test("a mutation uses no more rows than its price and the frame of its answer, with all that its input can hold", async () => {
    const { db } = await testDatabase();
    const { workspaceId } = workspace.caller;
    const many = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i));
    const members = await db.member.createManyAndReturn({
      data: many(50, (i) => ({ workspaceId, name: `many-${i}` })),
    });
    const channels = await db.channel.createManyAndReturn({
      data: many(20, (i) => ({ workspaceId, kind: "WEBSITE", identifier: `many-${i}.example.com` })),
    });
    const everything = (customer: object) => ({
      customer,
      memberIds: members.map(({ id }) => `member_${id}`),
      channelIds: channels.map(({ id }) => `channel_${id}`),
      channelIdentifier: "one-more.example.com",
      metadata: { a: 1 },
    });
    const rivals = ["a", "b", "c"].map((name) => ({ name, externalId: name, email: `${name}@example.com` }));
    for (const rival of rivals) await workspace.newCustomer(rival);
    await workspace.newCustomer({ phone: "+41441234567" });
    const keys = { externalId: "a", email: "b@example.com", phone: "+41441234567", metadata: { b: 1 } };
    const get = `mutation ($input: GetOrCreateConversationInput!) {
      result: getOrCreateConversation(input: $input) { outcome conversation { id } } }`;
    const sub = `mutation ($input: CreateSubConversationInput!) {
      result: createSubConversation(input: $input) { conversation { id } } }`;
    const update = `mutation ($input: UpdateConversationInput!) { result: updateConversation(input: $input) { conversation { id } } }`;
    const remove = `mutation ($input: DeleteConversationInput!) { result: deleteConversation(input: $input) { deletedCount } }`;
    const steps: [string, Record<string, unknown>][] = [
      [get, everything(keys)],
      [get, { ...everything(keys), metadata: { a: 2 } }],
      [get, { memberIds: everything({}).memberIds }],
      [get, { memberIds: everything({}).memberIds }],
      [sub, { ...everything({ externalId: "new" }), parentId: ids[0], idempotencyKey: "k" }],
      [sub, { ...everything({ externalId: "new" }), parentId: ids[0], idempotencyKey: "k" }],
      [update, { id: ids[1], name: "Moved", metadata: { c: 1 }, parentId: ids[0] }],
      [remove, { id: ids[0], cascade: true }],
    ];
    for (const [document, input] of steps) {
      const { rows, answer } = await rowsOf(document, { input });
      expect(answer?.errors, document).toBeUndefined();
      expect(rows).toBeGreaterThan(0);
      expect(rows, document).toBeLessThanOrEqual((price(document, { input }) as number) + frame);
    }
  });
});
