import { describe, expect, test } from "vitest";
import { newWorkspace } from "../support/workspace.ts";
import { conversationOf, idOf, newChain, newFamily, refusalOf, run, unknownId } from "./operations.ts";

const operation = "updateConversation";

const longAgo = "2020-01-01T00:00:00.000Z";

/** A workspace with a conversation last updated long ago. */
async function newTarget() {
  const ours = await newWorkspace();
  const [id = ""] = await newChain(ours, 1);
  const where = { id: id.slice("conversation_".length) };
  await ours.ctx.db.conversation.updateMany({
    where,
    data: { name: "Support", metadata: { source: "chat", seen: { web: 1, app: 2 } } },
  });
  const [row] = await ours.ctx.db.conversation.updateManyAndReturn({ where, data: { updatedAt: longAgo } });
  if (!row) throw new Error("No conversation");
  return { ...ours, id, row };
}

describe("name", () => {
  test("is replaced when given, and cleared by null", async () => {
    const { id, row, ...ours } = await newTarget();
    const renamed = await conversationOf(ours, operation, { id, name: " VIP customer support " });
    expect(renamed).toMatchObject({ name: "VIP customer support", metadata: row.metadata });
    expect(await conversationOf(ours, operation, { id, name: null })).toMatchObject({ name: null });
  });
});

describe("metadata", () => {
  test("is merged: keys given replace, null removes, the rest stays, lists are replaced whole", async () => {
    const { id, ...ours } = await newTarget();
    const patch = { priority: "high", seen: { app: null, sms: 3 }, tags: [1, 2] };
    const merged = await conversationOf(ours, operation, { id, metadata: patch });
    expect(merged.metadata).toEqual({ source: "chat", priority: "high", seen: { web: 1, sms: 3 }, tags: [1, 2] });
    expect(merged.name).toBe("Support");
    const again = await conversationOf(ours, operation, {
      id,
      metadata: { tags: [3], seen: null, source: { a: null } },
    });
    expect(again.metadata).toEqual({ source: {}, priority: "high", tags: [3] });
  });

  test("is emptied by null, and left alone by {}", async () => {
    const { id, row, ...ours } = await newTarget();
    expect((await conversationOf(ours, operation, { id, metadata: {} })).metadata).toEqual(row.metadata);
    expect((await conversationOf(ours, operation, { id, metadata: null })).metadata).toEqual({});
  });
});

describe("updatedAt", () => {
  test.each([
    { name: "Other" },
    { name: null },
    { metadata: { a: 1 } },
    { metadata: { source: null } },
    { metadata: null },
  ])("moves on a change: %j", async (change) => {
    const { id, ...ours } = await newTarget();
    const { updatedAt } = await conversationOf(ours, operation, { id, ...change });
    expect(Date.parse(updatedAt)).toBeGreaterThan(Date.parse(longAgo));
  });

  test("moves when the conversation is moved", async () => {
    const { id, ...ours } = await newTarget();
    const [parentId] = await newChain(ours, 1);
    const { updatedAt } = await conversationOf(ours, operation, { id, parentId });
    expect(Date.parse(updatedAt)).toBeGreaterThan(Date.parse(longAgo));
  });

  test.each([
    ...[{ name: "Support" }, { name: " Support " }, { metadata: {} }, { metadata: { source: "chat", gone: null } }],
    ...[
      { metadata: { seen: { app: 2, web: 1 } } },
      { parentId: null },
      { name: "Support", metadata: {}, parentId: null },
    ],
  ])("stays when nothing changes: %j", async (change) => {
    const { id, ...ours } = await newTarget();
    expect(await conversationOf(ours, operation, { id, ...change })).toMatchObject({ updatedAt: longAgo });
  });
});

describe("parentId", () => {
  const conflict = (reason: string) => ({ code: "CONFLICT", reason, field: "input.parentId" });

  test("moves the conversation with all below it, and both parents count right", async () => {
    const ours = await newWorkspace();
    const [from, moved, below] = await newChain(ours, 3);
    const [to] = await newChain(ours, 1);
    await run(ours, operation, { id: moved, parentId: to });
    const { nodes } = await ours.ask(
      "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Conversation { counts { children } ancestors { id } } } }",
      { ids: [from, to, moved, below] },
    );
    expect(nodes).toEqual([
      { counts: { children: 0 }, ancestors: [] },
      { counts: { children: 1 }, ancestors: [] },
      { counts: { children: 1 }, ancestors: [{ id: to }] },
      { counts: { children: 0 }, ancestors: [{ id: to }, { id: moved }] },
    ]);
  });

  test("makes it top-level when null, and a member's conversation can be found there", async () => {
    const { parent, ...ours } = await newFamily();
    const memberIds = [idOf("Member", await ours.newMember())];
    const { id } = await conversationOf(ours, "createSubConversation", { parentId: parent.id, memberIds });
    expect(await conversationOf(ours, operation, { id, parentId: null })).toMatchObject({ depth: 0 });
    expect(await run(ours, "getOrCreateConversation", { memberIds })).toMatchObject({
      ...{ outcome: "REUSED", conversation: { id } },
    });
  });

  test("may make a second conversation of the same members top-level: the first stays the one found", async () => {
    const { parent, ...ours } = await newFamily();
    const memberIds = [idOf("Member", await ours.newMember())];
    const first = await conversationOf(ours, "getOrCreateConversation", { memberIds });
    const { id } = await conversationOf(ours, "createSubConversation", { parentId: parent.id, memberIds });
    await run(ours, operation, { id, parentId: null });
    expect(await run(ours, "getOrCreateConversation", { memberIds })).toMatchObject({
      ...{ outcome: "REUSED", conversation: { id: first.id } },
    });
  });

  test("cannot make a second conversation of a customer top-level", async () => {
    const { parent, ...ours } = await newFamily();
    const { customer: customerId } = parent;
    const sub = await conversationOf(ours, "createSubConversation", { parentId: parent.id, customerId });
    const promotion = { id: sub.id, parentId: null };
    expect(await refusalOf(ours, operation, promotion)).toEqual(conflict("CUSTOMER_HAS_CONVERSATION"));
    const [elsewhere] = await newChain(ours, 1);
    await run(ours, operation, { id: parent.id, parentId: elsewhere });
    expect(await conversationOf(ours, operation, promotion)).toMatchObject({ depth: 0 });
    expect(await run(ours, "getOrCreateConversation", { customerId })).toMatchObject({
      ...{ outcome: "REUSED", conversation: { id: sub.id } },
    });
  });

  test("moved below, a customer's conversation is no longer the one that is found", async () => {
    const { parent, ...ours } = await newFamily();
    const [elsewhere] = await newChain(ours, 1);
    expect(await conversationOf(ours, operation, { id: parent.id, parentId: elsewhere })).toMatchObject({ depth: 1 });
    expect(await run(ours, "getOrCreateConversation", { customerId: parent.customer })).toMatchObject({
      ...{ outcome: "CREATED", matchedBy: "CUSTOMER_ID" },
    });
  });

  test("cannot be the conversation itself or one below it", async () => {
    const ours = await newWorkspace();
    const [id, child, grandchild] = await newChain(ours, 3);
    for (const parentId of [id, child, grandchild])
      expect(await refusalOf(ours, operation, { id, parentId })).toEqual(conflict("CYCLE"));
  });

  test("cannot bring what is below it beyond 10 levels", async () => {
    const ours = await newWorkspace();
    const above = await newChain(ours, 8);
    const [id = "", , third = ""] = await newChain(ours, 3);
    expect(await refusalOf(ours, operation, { id, parentId: above[7] })).toEqual(conflict("TOO_DEEP"));
    await run(ours, operation, { id, parentId: above[6] });
    expect(await refusalOf(ours, "createSubConversation", { parentId: third })).toEqual(conflict("TOO_DEEP"));
  });

  test("is NOT_FOUND when there is no such conversation, and INVALID_ID when it is another record's", async () => {
    const { id, ...ours } = await newTarget();
    const field = "input.parentId";
    expect(await refusalOf(ours, operation, { id, parentId: unknownId("Conversation") })).toEqual({
      ...{ code: "NOT_FOUND", reason: "CONVERSATION", field },
    });
    expect(await refusalOf(ours, operation, { id, parentId: unknownId("Customer") })).toEqual({
      ...{ code: "BAD_USER_INPUT", reason: "INVALID_ID", field },
    });
  });
});

describe("refuses", () => {
  test("an update of nothing", async () => {
    const { id, ...ours } = await newTarget();
    const nothing = { code: "BAD_USER_INPUT", reason: "REQUIRED", field: "input" };
    expect(await refusalOf(ours, operation, { id })).toEqual(nothing);
  });

  test.each([{ name: "x" }, { parentId: null }])("an unknown conversation: %j", async (change) => {
    const ours = await newWorkspace();
    expect(await refusalOf(ours, operation, { id: unknownId("Conversation"), ...change })).toEqual({
      ...{ code: "NOT_FOUND", reason: "CONVERSATION", field: "input.id" },
    });
  });
});
