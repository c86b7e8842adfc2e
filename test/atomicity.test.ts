import { beforeAll, describe, expect, test } from "vitest";
import { createSubConversation } from "../src/conversations/create-sub-conversation.ts";
import { deleteConversation } from "../src/conversations/delete-conversation.ts";
import { getOrCreateConversation } from "../src/conversations/get-or-create-conversation.ts";
import { updateConversation } from "../src/conversations/update-conversation.ts";
import { conversationOf, idOf, newChain, newFamily, unknownId } from "./conversations/operations.ts";
import { testDatabase } from "./support/database.ts";

// What fails in the middle leaves nothing behind.

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
