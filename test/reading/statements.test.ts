import { beforeAll, describe, expect, test } from "vitest";
import { encodeGlobalId } from "../../src/global-id.ts";
import { testDatabase } from "../support/database.ts";
import { compiledFirst, newWorkspace } from "../support/workspace.ts";

// The number of SQL statements of operations: a page of 30 needs as many as a page of 1.

const everything = `
  id type name metadata depth viewerCanDelete createdAt updatedAt lastActivityAt
  counts { children messages participants }
  parent { id name } ancestors { id name }
  customer { id name } owner { id member { name } } channels { identifier }
  participants(first: 10) { totalCount nodes { actor { ... on Member { memberName: name } ... on Customer { name } } } }
  messages(first: 5) { nodes { text author { ... on Member { memberName: name } ... on Customer { name } } } }
  lastMessage { text }
  children(first: 5) { totalCount nodes { id name } }`;

let workspace: Awaited<ReturnType<typeof newWorkspace>>;
/** Top-level conversations with one child each, the first with 30; each with everything that can hang on a conversation. */
let parents: string[];
beforeAll(async () => {
  workspace = await newWorkspace();
  const { db } = workspace.ctx;
  const { workspaceId, memberId, integrationId: ownerIntegrationId } = workspace.caller;
  const channel = await workspace.newChannel();
  const create = async (parentIds: (string | null)[]) => {
    const customers = await db.customer.createManyAndReturn({
      data: parentIds.map(() => ({ workspaceId, name: "Jane" })),
    });
    const places = customers.map(({ id: customerId }, i) => ({ customerId, parentId: parentIds[i] }));
    const all = await db.conversation.createManyAndReturn({
      data: places.map((place) => ({ workspaceId, ownerIntegrationId, type: "GROUP", ...place })),
    });
    const rows = all.map(({ id: conversationId, customerId }) => ({ workspaceId, conversationId, customerId }));
    const links = rows.map(({ customerId: _, ...row }) => row);
    await db.participant.createMany({ data: [...rows, ...links.map((row) => ({ ...row, memberId }))] });
    await db.conversationChannel.createMany({ data: links.map((row) => ({ ...row, channelId: channel.id })) });
    await db.message.createMany({
      data: links.flatMap((row, i) => [
        { ...row, text: "Hello", authorCustomerId: rows[i]?.customerId },
        { ...row, text: "Welcome", authorMemberId: memberId },
        { ...row, text: "The order was shipped." },
      ]),
    });
    return all.map(({ id }) => id);
  };
  parents = await create(Array.from({ length: 50 }, () => null));
  await create(parents.flatMap((id, i) => Array.from({ length: i === 0 ? 30 : 1 }, () => id)));
});

/** The statements that a document takes, and how many conversations with all their things it answers. */
async function measure(document: string, variables?: Record<string, unknown>) {
  const { recordStatements } = await testDatabase();
  let answered = 0;
  const statements = await recordStatements(async () => {
    answered = JSON.stringify(await workspace.ask(document, variables)).split('"lastMessage":{"text"').length - 1;
  });
  return { statements, answered };
}

describe("statements", () => {
  test("of a page of sub-conversations do not depend on its size", async () => {
    const page = (first: number) =>
      measure(
        `query ($id: ID!) { listSubConversations(parentId: $id, first: ${first}) { totalCount nodes { ${everything} } } }`,
        {
          id: encodeGlobalId("Conversation", parents[0] as string),
        },
      );
    const [one, thirty] = [await page(1), await page(30)];
    expect([one.answered, thirty.answered]).toEqual([1, 30]);
    expect(thirty.statements.toSorted()).toEqual(one.statements.toSorted());
    expect(one.statements).toHaveLength(compiledFirst ? 1 : 11);
  });

  test("of nested pages do not depend on the number of parents", async () => {
    const page = (first: number) =>
      measure(
        `{ conversations(first: ${first}) { nodes { ${everything} oldest: children(last: 5) { nodes { ${everything} } } } } }`,
      );
    const [one, fifty] = [await page(1), await page(50)];
    expect([one.answered, fifty.answered]).toEqual([2, 50 + 49 + 5]);
    expect(fifty.statements.length).toBe(one.statements.length);
    expect(one.statements.length).toBe(compiledFirst ? 1 : 18);
  });

  test("of nodes do not depend on their number", async () => {
    const nodes = (count: number) =>
      measure(`query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Conversation { ${everything} } } }`, {
        ids: parents.slice(0, count).map((id) => encodeGlobalId("Conversation", id)),
      });
    const [one, fifty] = [await nodes(1), await nodes(50)];
    expect([one.answered, fifty.answered]).toEqual([1, 50]);
    expect(fifty.statements.length).toBe(one.statements.length);
    expect(one.statements.length).toBe(compiledFirst ? 1 : 9);
  });

  test("of one conversation with its counts is one", async () => {
    const { statements } = await measure(
      `query ($id: ID!) { conversation(id: $id) { id name metadata depth viewerCanDelete counts { children messages participants } } }`,
      { id: encodeGlobalId("Conversation", parents[0] as string) },
    );
    expect(statements).toHaveLength(1);
  });
});

describe("getOrCreateConversation, when every record that it names exists", () => {
  const document = `mutation ($input: GetOrCreateConversationInput!) {
    getOrCreateConversation(input: $input) { outcome matchedBy conversation { id name counts { participants } } } }`;

  async function reuse(input: object) {
    const { pool, recordStatements } = await testDatabase();
    await workspace.ask(document, { input });
    // Where a row stands (ctid), who wrote it (xmin) and who locked it (xmax): reading changes nothing of it.
    const tables = ["Customer", "Conversation", "Participant", "Channel", "ConversationChannel"];
    const places = () =>
      Promise.all(tables.map(async (name) => (await pool.query(`SELECT ctid, xmin, xmax FROM "${name}"`)).rows));
    const before = await places();
    const statements = await recordStatements(async () => {
      const { getOrCreateConversation } = await workspace.ask(document, { input });
      expect(getOrCreateConversation.outcome).toBe("REUSED");
    });
    expect(await places()).toEqual(before);
    expect(statements.filter((sql) => !/^\s*SELECT\b/.test(sql))).toEqual([]);
    return statements.length;
  }

  test("finds a customer's in one statement, without a transaction, and writes nothing", async () => {
    const customer = {
      externalId: "website_user_123",
      name: "Jane",
      email: "jane@example.com",
      metadata: { plan: "free" },
    };
    const input = { customer, channelIdentifier: "example.com", metadata: { source: "website-chat" } };
    expect(await reuse(input)).toBe(1);
  });

  test("finds that of the same members in one statement, without a transaction, and writes nothing", async () => {
    const members = [await workspace.newMember(), await workspace.newMember()];
    expect(await reuse({ memberIds: members.map(({ id }) => encodeGlobalId("Member", id)) })).toBe(1);
  });
});

describe("writes, when every record that they name exists, are one statement without a transaction", () => {
  const write = async (operation: string, input: object, selection = "conversation { id metadata }") => {
    const type = `${operation[0]?.toUpperCase()}${operation.slice(1)}Input`;
    const document = `mutation ($input: ${type}!) { ${operation}(input: $input) { ${selection} } }`;
    return (await measure(document, { input })).statements;
  };
  const idOf = (id: string | undefined) => encodeGlobalId("Conversation", id as string);

  test("updateConversation of name and metadata", async () => {
    const id = idOf(parents[0]);
    for (const change of [
      { metadata: { priority: "high" } },
      { metadata: null },
      { name: "VIP" },
      { name: null, metadata: { a: 1 } },
    ]) {
      expect(await write("updateConversation", { id, ...change })).toHaveLength(1);
    }
  });

  test("createSubConversation, with the customer looked for before it", async () => {
    const parentId = idOf(parents[1]);
    const memberIds = [encodeGlobalId("Member", (await workspace.newMember()).id)];
    const channelIds = [encodeGlobalId("Channel", (await workspace.newChannel()).id)];
    expect(await write("createSubConversation", { parentId, memberIds, channelIds })).toHaveLength(1);
    expect(await write("createSubConversation", { parentId, customer: { externalId: "below" } })).toHaveLength(2);
    const repeated = { parentId, idempotencyKey: "order" };
    expect(await write("createSubConversation", repeated)).toHaveLength(1);
    // The insert finds the key, and the second statement what it was used for.
    expect(await write("createSubConversation", repeated)).toHaveLength(2);
  });

  test("getOrCreateConversation, after it has looked for the existing records", async () => {
    const memberIds = [encodeGlobalId("Member", (await workspace.newMember()).id)];
    for (const input of [{ customer: { externalId: "new" }, memberIds }, { memberIds }]) {
      expect(await write("getOrCreateConversation", input)).toHaveLength(2);
      expect(await write("getOrCreateConversation", input)).toHaveLength(1);
    }
    const renamed = { customer: { externalId: "new", name: "Renamed" } };
    const shown = await write("getOrCreateConversation", renamed, "conversation { customer { name } }");
    // The customer, as changed, is read by a third.
    expect(shown).toHaveLength(3);
  });

  test("sendMessage of a participant", async () => {
    const message = { conversationId: idOf(parents[2]), text: "Hello", idempotencyKey: "hello" };
    expect(await write("sendMessage", message, "outcome message { id text }")).toHaveLength(1);
    expect(await write("sendMessage", message, "outcome message { id text }")).toHaveLength(2);
  });
});
