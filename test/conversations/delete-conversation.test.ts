import { describe, expect, test } from "vitest";
import { newWorkspace, withPermissions } from "../support/workspace.ts";
import { conversationOf, idOf, newChain, newFamily, refusalOf, run, unknownId } from "./operations.ts";

const operation = "deleteConversation";
/** The refusal of a delete, with the conversations that block it. */
const notOwned = (...blockedBy: (string | undefined)[]) => ({
  code: "FORBIDDEN",
  reason: "LIFECYCLE_NOT_OWNED",
  field: "input.id",
  blockedBy,
});
const notFound = { code: "NOT_FOUND", reason: "CONVERSATION", field: "input.id" };

/** The rows of the workspace, table by table. */
async function rowCounts({ ctx: { db }, caller: { workspaceId } }: Awaited<ReturnType<typeof newWorkspace>>) {
  const where = { workspaceId };
  return {
    conversations: await db.conversation.count({ where }),
    participants: await db.participant.count({ where }),
    messages: await db.message.count({ where }),
    links: await db.conversationChannel.count({ where }),
    keys: await db.idempotencyKey.count({ where }),
    customers: await db.customer.count({ where }),
    channels: await db.channel.count({ where }),
    members: await db.member.count({ where }),
  };
}

describe("deletes", () => {
  test("a conversation with its participants, messages and channel links; customers, channels and members stay", async () => {
    const { parent, ...ours } = await newFamily();
    const { workspaceId } = ours.caller;
    const conversationId = parent.id.slice("conversation_".length);
    await ours.ctx.db.message.create({ data: { workspaceId, conversationId, text: "Hello" } });
    expect(await run(ours, operation, { id: parent.id })).toEqual({ deletedId: parent.id, deletedCount: 1 });
    expect(await rowCounts(ours)).toEqual({
      ...{ conversations: 0, participants: 0, messages: 0, links: 0, keys: 0 },
      ...{ customers: 1, channels: 1, members: 1 },
    });
  });

  test("once: a second call finds nothing", async () => {
    const { parent, ...ours } = await newFamily();
    await run(ours, operation, { id: parent.id });
    expect(await refusalOf(ours, operation, { id: parent.id })).toEqual(notFound);
    expect(await refusalOf(ours, operation, { id: parent.id, cascade: true })).toEqual(notFound);
  });

  test("so that the customer may have a new top-level conversation", async () => {
    const { parent, ...ours } = await newFamily();
    await run(ours, operation, { id: parent.id });
    const again = await run(ours, "getOrCreateConversation", { customerId: parent.customer });
    expect(again).toMatchObject({ outcome: "CREATED", matchedBy: "CUSTOMER_ID" });
    expect(again.conversation.id).not.toBe(parent.id);
  });

  test("a sub-conversation with its idempotencyKey, and the parent counts one less", async () => {
    const { parent, ...ours } = await newFamily();
    const input = { parentId: parent.id, idempotencyKey: "order-1042" };
    const sub = await conversationOf(ours, "createSubConversation", input);
    await run(ours, operation, { id: sub.id });
    const { conversation } = await ours.ask("query ($id: ID!) { conversation(id: $id) { counts { children } } }", {
      id: parent.id,
    });
    expect(conversation.counts.children).toBe(0);
    expect((await conversationOf(ours, "createSubConversation", input)).id).not.toBe(sub.id);
  });
});

/** The transactions that wrote the row, and that locked or deleted it last. A deletion that was rolled back leaves its mark too. */
function marksOf({ ctx: { db } }: Awaited<ReturnType<typeof newWorkspace>>, globalId: string) {
  return db.$queryRaw`
    SELECT xmin::text, xmax::text FROM "Conversation" WHERE id = ${globalId.slice("conversation_".length)}::uuid`;
}

describe("sub-conversations", () => {
  test.each([{}, { cascade: false }, { cascade: null }])("are kept, and so is the parent, with %j", async (choice) => {
    const ours = await newWorkspace();
    const [id] = await newChain(ours, 2);
    expect(await refusalOf(ours, operation, { id, ...choice })).toEqual({
      ...{ code: "CONFLICT", reason: "HAS_CHILDREN", field: "input.cascade" },
    });
    expect(await rowCounts(ours)).toMatchObject({ conversations: 2 });
  });

  test("go with the parent, all of them, when cascade is true", async () => {
    const ours = await newWorkspace();
    const [id = "", child = ""] = await newChain(ours, 10);
    await newChain(ours, 3, child);
    const [beside] = await newChain(ours, 2);
    expect(await run(ours, operation, { id, cascade: true })).toEqual({ deletedId: id, deletedCount: 13 });
    expect(await rowCounts(ours)).toMatchObject({ conversations: 2 });
    expect(await run(ours, operation, { id: beside, cascade: true })).toMatchObject({ deletedCount: 2 });
  });

  test("do not take what is above with them", async () => {
    const ours = await newWorkspace();
    const [, child] = await newChain(ours, 3);
    expect(await run(ours, operation, { id: child, cascade: true })).toMatchObject({ deletedCount: 2 });
    expect(await rowCounts(ours)).toMatchObject({ conversations: 1 });
  });

  test("all have to be owned: a grandchild of another integration keeps the whole subtree", async () => {
    const { parent, ...ours } = await newFamily();
    const colleague = await ours.newActor();
    const child = await conversationOf(ours, "createSubConversation", { parentId: parent.id });
    const grandchild = await conversationOf(colleague, "createSubConversation", { parentId: child.id });
    const before = [await rowCounts(ours), await marksOf(ours, child.id)];
    expect(await refusalOf(ours, operation, { id: parent.id, cascade: true })).toEqual(notOwned(grandchild.id));
    expect([await rowCounts(ours), await marksOf(ours, child.id)]).toEqual(before);
    await run(colleague, operation, { id: grandchild.id });
    expect(await run(ours, operation, { id: parent.id, cascade: true })).toMatchObject({ deletedCount: 2 });
  });

  test("all have to be owned: a grandchild that nobody owns keeps the whole subtree", async () => {
    const ours = await newWorkspace();
    const [id, , grandchild = ""] = await newChain(ours, 3);
    const where = { id: grandchild.slice("conversation_".length) };
    await ours.ctx.db.conversation.updateMany({ where, data: { ownerIntegrationId: null } });
    expect(await refusalOf(ours, operation, { id, cascade: true })).toEqual(notOwned(grandchild));
    expect(await rowCounts(ours)).toMatchObject({ conversations: 3 });
  });
});

describe("refuses", () => {
  test("integrations that do not own the conversation, children or not", async () => {
    const ours = await newWorkspace();
    const colleague = await ours.newActor();
    const [id, leaf] = await newChain(ours, 2);
    expect(await refusalOf(colleague, operation, { id })).toEqual(notOwned(id));
    expect(await refusalOf(colleague, operation, { id: leaf, cascade: true })).toEqual(notOwned(leaf));
    expect(await rowCounts(ours)).toMatchObject({ conversations: 2 });
  });

  test("everybody when no integration owns it", async () => {
    const ours = await newWorkspace();
    const [id] = await newChain(ours, 1);
    const colleague = await ours.newActor();
    const { workspaceId } = ours.caller;
    await ours.ctx.db.conversation.updateMany({ where: { workspaceId }, data: { ownerIntegrationId: null } });
    for (const actor of [ours, colleague]) expect(await refusalOf(actor, operation, { id })).toEqual(notOwned(id));
  });

  test("callers without the permission, even the owner, and even for an unknown id", async () => {
    const { parent, ...ours } = await newFamily();
    for (const id of [parent.id, unknownId("Conversation"), "nonsense"])
      expect(await refusalOf(withPermissions(ours, "read", "engage"), operation, { id })).toEqual({
        ...{ code: "FORBIDDEN", reason: "MISSING_PERMISSION", permission: "connect360:conversation:delete" },
      });
  });

  test("unknown ids, and ids of other records", async () => {
    const ours = await newWorkspace();
    expect(await refusalOf(ours, operation, { id: unknownId("Conversation") })).toEqual(notFound);
    expect(await refusalOf(ours, operation, { id: idOf("Member", ours.member) })).toEqual({
      ...{ code: "BAD_USER_INPUT", reason: "INVALID_ID", field: "input.id" },
    });
  });
});
