import { beforeAll, describe, expect, test } from "vitest";
import { createSubConversation } from "../src/conversations/create-sub-conversation.ts";
import { deleteConversation } from "../src/conversations/delete-conversation.ts";
import { getOrCreateConversation } from "../src/conversations/get-or-create-conversation.ts";
import { updateConversation } from "../src/conversations/update-conversation.ts";
import { deleteMessage } from "../src/messages/delete-message.ts";
import { markRead } from "../src/messages/mark-read.ts";
import { sendMessage } from "../src/messages/send-message.ts";
import { updateMessage } from "../src/messages/update-message.ts";
import { addParticipants } from "../src/participants/add-participants.ts";
import { removeParticipant } from "../src/participants/remove-participant.ts";
import { conversationOf, idOf, newChain, newFamily, unknownId } from "./conversations/operations.ts";
import { testDatabase } from "./support/database.ts";

// An operation that fails in the middle leaves nothing behind.

type Operation = (context: Family["ctx"], input: unknown) => Promise<unknown>;
type Family = Awaited<ReturnType<typeof newFamily>>;

beforeAll(async () => {
  const { pool } = await testDatabase();
  await pool.query(`CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'the test wants % to fail', TG_TABLE_NAME; END $$`);
});

/** From now on, doing this to a row of the table fails in this workspace, after it was done. */
async function makeFail({ caller: { workspaceId } }: Family, table: string, event: "INSERT" | "UPDATE" | "DELETE") {
  const { pool } = await testDatabase();
  const row = event === "DELETE" ? "OLD" : "NEW";
  await pool.query(`CREATE CONSTRAINT TRIGGER "fail ${workspaceId} ${table}" AFTER ${event} ON "${table}"
    FOR EACH ROW WHEN (${row}."workspaceId" = '${workspaceId}') EXECUTE FUNCTION fail()`);
}

/** Every row of the workspace. */
async function everything({ caller: { workspaceId } }: Family) {
  const { pool } = await testDatabase();
  const { rows: tables } = await pool.query<{ name: string }>(`SELECT table_name AS name FROM information_schema.columns
    WHERE table_schema = 'public' AND column_name = 'workspaceId' ORDER BY 1`);
  expect(tables.length).toBeGreaterThan(9);
  const all: Record<string, unknown[]> = {};
  for (const { name } of tables) {
    const sql = `SELECT t.* FROM "${name}" t WHERE "workspaceId" = $1 ORDER BY t::text`;
    all[name] = (await pool.query(sql, [workspaceId])).rows;
  }
  return all;
}

async function expectNothingLeft(family: Family, operation: Operation, input: unknown, failure: unknown) {
  const before = await everything(family);
  await expect(operation(family.ctx, input)).rejects.toMatchObject(failure as object);
  expect(await everything(family)).toEqual(before);
}

/** Somebody and something new of every kind that an operation writes. */
async function newInput(family: Family) {
  const member = idOf("Member", await family.newMember());
  const customer = { externalId: "new", email: "new@example.com", metadata: { a: 1 } };
  return { customer, memberIds: [member], channelIdentifier: "new.example.com", metadata: { a: 1 } };
}

const wanted = (table: string) => ({ message: expect.stringContaining(`the test wants ${table} to fail`) });

describe.each([
  ["getOrCreateConversation", getOrCreateConversation],
  ["createSubConversation", createSubConversation],
] as [string, Operation][])("%s leaves nothing behind", (name, operation) => {
  const isSub = name === "createSubConversation";
  const place = ({ parent }: Family) => (isSub ? { parentId: parent.id, idempotencyKey: "key" } : {});

  test.each([
    "Customer",
    "Conversation",
    "Participant",
    "Channel",
    "ConversationChannel",
    ...(isSub ? ["IdempotencyKey"] : []),
  ])("when a new %s fails", async (table) => {
    const family = await newFamily();
    const input = { ...(await newInput(family)), ...place(family) };
    await makeFail(family, table, "INSERT");
    await expectNothingLeft(family, operation, input, wanted(table));
  });

  test.each([
    ["an unknown member", { memberIds: [unknownId("Member")] }, { code: "NOT_FOUND", details: { reason: "MEMBER" } }],
    [
      "an unknown channel",
      { channelIds: [unknownId("Channel")] },
      { code: "NOT_FOUND", details: { reason: "CHANNEL" } },
    ],
  ])("when the input names %s", async (_what, wrong, failure) => {
    const family = await newFamily();
    const input = { ...(await newInput(family)), ...place(family), ...wrong };
    await expectNothingLeft(family, operation, input, failure);
  });

  test("of a customer's new profile, when the rest of the operation fails", async () => {
    const family = await newFamily();
    const customer = { externalId: "visitor", name: "Jane", email: "jane@example.com", metadata: { vip: true } };
    const input = { customer, channelIds: [unknownId("Channel")], ...place(family) };
    await expectNothingLeft(family, operation, input, { code: "NOT_FOUND" });
  });

  test("when the customer's metadata is too large after the merge", async () => {
    const family = await newFamily();
    const filled = (key: string) => ({ externalId: "visitor", name: key, metadata: { [key]: "x".repeat(9000) } });
    await getOrCreateConversation(family.ctx, { customer: filled("a") });
    const input = { ...(await newInput(family)), customer: filled("b"), ...place(family) };
    const failure = { code: "BAD_USER_INPUT", details: { reason: "METADATA_TOO_LARGE" } };
    await expectNothingLeft(family, operation, input, failure);
  });
});

describe("getOrCreateConversation of a conversation that is there leaves nothing behind", () => {
  test.each(["Participant", "ConversationChannel"])("when a new %s fails", async (table) => {
    const family = await newFamily();
    await makeFail(family, table, "INSERT");
    const input = { ...(await newInput(family)), customer: { externalId: "visitor", name: "Jane" } };
    await expectNothingLeft(family, getOrCreateConversation, input, wanted(table));
  });
});

describe("createSubConversation leaves nothing behind", () => {
  test("when it would be too deep", async () => {
    const family = await newFamily();
    const chain = await newChain(family, 9, family.parent.id);
    const input = { ...(await newInput(family)), parentId: chain.at(-1) };
    await expectNothingLeft(family, createSubConversation, input, {
      code: "CONFLICT",
      details: { reason: "TOO_DEEP" },
    });
  });

  test("when its idempotencyKey was used with another input", async () => {
    const family = await newFamily();
    const key = { parentId: family.parent.id, idempotencyKey: "key" };
    await createSubConversation(family.ctx, key);
    const failure = { code: "CONFLICT", details: { reason: "IDEMPOTENCY_KEY_REUSED" } };
    await expectNothingLeft(family, createSubConversation, { ...(await newInput(family)), ...key }, failure);
  });
});

describe("updateConversation changes nothing", () => {
  const change = { name: "New", metadata: { b: 2 } };
  const conflict = (reason: string) => ({ code: "CONFLICT", details: { reason } });

  test("when the metadata is too large after the merge", async () => {
    const family = await newFamily();
    const { id } = family.parent;
    await updateConversation(family.ctx, { id, metadata: { a: "x".repeat(9000) } });
    const input = { id, name: "New", metadata: { b: "x".repeat(9000) } };
    const failure = { code: "BAD_USER_INPUT", details: { reason: "METADATA_TOO_LARGE" } };
    await expectNothingLeft(family, updateConversation, input, failure);
  });

  test("when the move is refused", async () => {
    const family = await newFamily();
    const { id } = family.parent;
    const [child] = await newChain(family, 1, id);
    await expectNothingLeft(family, updateConversation, { id, ...change, parentId: child }, conflict("CYCLE"));
    const promoted = await conversationOf(family, "createSubConversation", {
      parentId: id,
      customerId: family.parent.customer,
    });
    const promotion = { id: promoted.id, ...change, parentId: null };
    await expectNothingLeft(family, updateConversation, promotion, conflict("CUSTOMER_HAS_CONVERSATION"));
    const unknown = { id, ...change, parentId: unknownId("Conversation") };
    await expectNothingLeft(family, updateConversation, unknown, { code: "NOT_FOUND" });
  });

  test("when the write fails after a move", async () => {
    const family = await newFamily();
    const [elsewhere] = await newChain(family, 1);
    await makeFail(family, "Conversation", "UPDATE");
    const input = { id: family.parent.id, ...change, parentId: elsewhere };
    await expectNothingLeft(family, updateConversation, input, wanted("Conversation"));
  });
});

describe("deleteConversation deletes nothing", () => {
  test("when one of the subtree belongs to another integration", async () => {
    const family = await newFamily();
    const [, child] = await newChain(family, 2, family.parent.id);
    await conversationOf(await family.newActor(), "createSubConversation", { parentId: child });
    const input = { id: family.parent.id, cascade: true };
    const failure = { code: "FORBIDDEN", details: { reason: "LIFECYCLE_NOT_OWNED" } };
    await expectNothingLeft(family, deleteConversation, input, failure);
  });

  test.each(["Participant", "ConversationChannel", "IdempotencyKey", "Message"])(
    "when deleting a %s fails",
    async (table) => {
      const family = await newFamily();
      const { id } = family.parent;
      const sub = await conversationOf(family, "createSubConversation", { parentId: id, idempotencyKey: "key" });
      const { workspaceId } = family.caller;
      const conversationId = sub.id.slice("conversation_".length);
      await family.ctx.db.message.create({ data: { workspaceId, conversationId, text: "Hello" } });
      await makeFail(family, table, "DELETE");
      await expectNothingLeft(family, deleteConversation, { id, cascade: true }, wanted(table));
    },
  );
});

describe("sendMessage leaves nothing behind", () => {
  const input = async (family: Family) => ({
    ...{ conversationId: family.parent.id, text: "Hello", sender: "CUSTOMER", idempotencyKey: "key" },
    ...{ customer: { externalId: "new", metadata: { a: 1 } }, channelIdentifier: "new.example.com" },
  });

  test.each(["Customer", "Participant", "Channel", "ConversationChannel", "Message"])(
    "when a new %s fails",
    async (table) => {
      const family = await newFamily();
      await makeFail(family, table, "INSERT");
      await expectNothingLeft(family, sendMessage, await input(family), wanted(table));
    },
  );

  test.each(["Conversation", "Participant"])("when a message of a participant fails at a %s", async (table) => {
    const family = await newFamily();
    await makeFail(family, table, "UPDATE");
    const sent = { conversationId: family.parent.id, text: "Hello" };
    await expectNothingLeft(family, sendMessage, sent, wanted(table));
  });

  test("when the message replied to is unknown, or the key was used with another input", async () => {
    const family = await newFamily();
    const unknown = { ...(await input(family)), parentId: unknownId("Message") };
    await expectNothingLeft(family, sendMessage, unknown, { code: "NOT_FOUND", details: { reason: "MESSAGE" } });
    await sendMessage(family.ctx, { conversationId: family.parent.id, text: "Other", idempotencyKey: "key" });
    const failure = { code: "CONFLICT", details: { reason: "IDEMPOTENCY_KEY_REUSED" } };
    await expectNothingLeft(family, sendMessage, await input(family), failure);
  });
});

describe("a message stays as it is", () => {
  async function newMessage(family: Family) {
    const { message } = await sendMessage(family.ctx, { conversationId: family.parent.id, text: "Hello" });
    const id = idOf("Message", message);
    await updateMessage(family.ctx, { id, text: "Changed" });
    return id;
  }

  test("when updateMessage fails at the message or its revision", async () => {
    for (const [table, event] of [
      ["Message", "UPDATE"],
      ["MessageRevision", "INSERT"],
    ] as const) {
      const family = await newFamily();
      const id = await newMessage(family);
      await makeFail(family, table, event);
      await expectNothingLeft(family, updateMessage, { id, text: "Again", metadata: { a: 1 } }, wanted(table));
    }
  });

  test("when deleteMessage fails at the message or its revisions", async () => {
    for (const [table, event] of [
      ["Message", "UPDATE"],
      ["MessageRevision", "DELETE"],
    ] as const) {
      const family = await newFamily();
      const id = await newMessage(family);
      await makeFail(family, table, event);
      await expectNothingLeft(family, deleteMessage, { id }, wanted(table));
    }
  });
});

describe("participants and their marks stay as they are", () => {
  test("when addParticipants, removeParticipant or markRead fails", async () => {
    const family = await newFamily();
    const conversationId = family.parent.id;
    const [member, other] = [await family.newMember(), await family.newMember()];
    const memberIds = [idOf("Member", other), idOf("Member", member)];
    const unknown = { conversationId, memberIds, customerIds: [unknownId("Customer")] };
    await expectNothingLeft(family, addParticipants, unknown, { code: "NOT_FOUND" });
    await addParticipants(family.ctx, { conversationId, memberIds: memberIds.slice(1) });
    const customer = { externalId: "visitor" };
    await sendMessage(family.ctx, { conversationId, text: "Hello", sender: "CUSTOMER", customer });
    await makeFail(family, "Conversation", "UPDATE");
    await makeFail(family, "Participant", "UPDATE");
    await expectNothingLeft(family, addParticipants, { conversationId, memberIds }, wanted("Conversation"));
    const gone = { conversationId, memberId: memberIds[1] };
    await expectNothingLeft(family, removeParticipant, gone, wanted("Conversation"));
    await expectNothingLeft(family, markRead, { conversationId }, wanted("Participant"));
  });
});
