import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeGlobalId } from "../../src/global-id.ts";
import { schema } from "../../src/schema/index.ts";
import { onPostgres, testDatabase } from "../support/database.ts";
import { newWorkspace } from "../support/workspace.ts";
import { changesOf } from "./changes.ts";
import { Replica, storedState } from "./replica.ts";

const history = `query ($id: ID!) { conversation(id: $id) { events(first: 100) { nodes {
  type changedFields before integration { id } member { id } messageId } } } }`;

const upTo = (n: number) => Array.from({ length: n }, (_, index) => index + 1);

describe("a copy that is kept by events alone", () => {
  test("equals the tables after random changes, eight at a time, and its numbers are dense", async () => {
    const changed = fc.array(fc.tuple(fc.nat(13), fc.nat(50), fc.nat(50)), { minLength: 32, maxLength: 48 });
    await fc.assert(
      fc.asyncProperty(changed, async (changes) => {
        const workspace = await newWorkspace();
        const { change } = changesOf(workspace);
        const replica = new Replica();
        await change(0, 0, 0);
        for (let at = 0; at < changes.length; at += 8) {
          const some = changes.slice(at, at + 8).map((one) => change(...one));
          // It reads while they write.
          await Promise.all([...some, replica.follow(workspace)]);
        }
        await replica.follow(workspace);
        expect(replica.state).toEqual(await storedState(workspace));
        expect(replica.numbers).toEqual(upTo(replica.numbers.length));
      }),
      { numRuns: onPostgres ? 3 : 1 },
    );
  }, 180_000);

  test("is told everything that can happen", async () => {
    const workspace = await newWorkspace();
    const replica = new Replica();
    expect(await differences(workspace, replica)).toEqual([]);
    const types = schema.getType("EventType") as unknown as { getValues(): { name: string }[] };
    expect([...replica.types].sort()).toEqual(
      types
        .getValues()
        .map(({ name }) => name)
        .sort(),
    );
  });

  test("is not equal to the tables after some change if one trigger of the log is off: each of them is needed", async () => {
    const { pool } = await testDatabase();
    const { rows: triggers } = await pool.query(
      `SELECT tgrelid::regclass::text AS "table", quote_ident(tgname) AS name FROM pg_trigger WHERE tgname LIKE 'tell\\_%' ORDER BY 1, 2`,
    );
    expect(triggers.length).toBeGreaterThan(10);
    for (const { table, name } of triggers) {
      await pool.query(`ALTER TABLE ${table} DISABLE TRIGGER ${name}`);
      try {
        expect(await differences(await newWorkspace()), `${name} of ${table}`).not.toEqual([]);
      } finally {
        await pool.query(`ALTER TABLE ${table} ENABLE TRIGGER ${name}`);
      }
    }
  });
});

/** Makes a change of every kind. After each, a copy follows the events. Returns the changes after which it was not equal to the tables. */
async function differences(workspace: Awaited<ReturnType<typeof newWorkspace>>, replica = new Replica()) {
  const found: object[] = [];
  await changesOf(workspace).everything(async () => {
    await replica.follow(workspace);
    const stored = await storedState(workspace);
    if (!isDeepStrictEqual(replica.state, stored)) found.push({ told: replica.state, stored });
  });
  return found;
}

describe("an event", () => {
  test("names the changed fields and the actor, and holds no content", async () => {
    const { ask, caller, ctx, member } = await newWorkspace();
    const input = {
      type: "GROUP",
      memberIds: [encodeGlobalId("Member", member.id)],
      name: "Before",
      metadata: { a: 1, b: 2 },
    };
    const made = await ask(
      "mutation ($input: GetOrCreateConversationInput!) { getOrCreateConversation(input: $input) { conversation { id } } }",
      { input },
    );
    const data = made.getOrCreateConversation.conversation;
    const update = (input: object) =>
      ask("mutation ($input: UpdateConversationInput!) { updateConversation(input: $input) { conversation { id } } }", {
        input: { id: data.id, ...input },
      });
    await update({ name: "After", metadata: { b: null, c: 3 } });
    await update({ name: "After", metadata: { c: 3 } });
    const sent = await ask(
      `mutation ($id: ID!) { sendMessage(input: { conversationId: $id, text: "secret words" }) { message { id } } }`,
      { id: data.id },
    );
    const messageId = sent.sendMessage.message.id;
    await ask(`mutation ($id: ID!) { updateMessage(input: { id: $id, text: "more secrets" }) { message { id } } }`, {
      id: messageId,
    });
    await ask(`mutation ($id: ID!) { deleteMessage(input: { id: $id }) { message { id } } }`, { id: messageId });
    const { conversation } = await ask(history, { id: data.id });
    const by = {
      integration: { id: encodeGlobalId("Integration", caller.integrationId) },
      member: { id: encodeGlobalId("Member", caller.memberId) },
    };
    const nothing = { changedFields: [], before: null, messageId: null };
    expect(conversation.events.nodes).toEqual([
      { type: "CONVERSATION_CREATED", ...by, ...nothing },
      { type: "PARTICIPANT_JOINED", ...by, ...nothing },
      {
        ...{ type: "CONVERSATION_UPDATED", ...by, ...nothing },
        ...{ changedFields: ["name", "metadata.b", "metadata.c"], before: { name: "Before" } },
      },
      { type: "MESSAGE_SENT", ...by, ...nothing, messageId },
      { type: "PARTICIPANT_READ", ...by, ...nothing },
      { type: "MESSAGE_UPDATED", ...by, ...nothing, messageId, changedFields: ["content"] },
      { type: "MESSAGE_DELETED", ...by, ...nothing, messageId },
    ]);
    const rows = await ctx.db.event.findMany({ where: { workspaceId: caller.workspaceId } });
    const text = JSON.stringify(rows, (_, value) => (typeof value === "bigint" ? String(value) : value));
    expect(text).not.toContain("secret");
  });

  test("of a change by SQL names nobody, even on a connection that a request used before", async () => {
    const { ask, ctx, caller } = await newWorkspace();
    await changesOf({ ...(await newWorkspace()) }).change(0, 0, 0);
    await ctx.db.conversation.create({ data: { workspaceId: caller.workspaceId, type: "GROUP" } });
    const { events } = await ask("{ events { nodes { type integration { id } member { id } } } }");
    expect(events.nodes).toEqual([{ type: "CONVERSATION_CREATED", integration: null, member: null }]);
  });

  test("exists if its change was committed, and not if it was rolled back", async () => {
    const { ask, ctx, caller } = await newWorkspace();
    const data = { workspaceId: caller.workspaceId, type: "GROUP" } as const;
    const failing = ctx.db.$transaction(async (tx) => {
      await tx.conversation.create({ data });
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    await ctx.db.conversation.create({ data });
    const { events } = await ask("{ events { nodes { number type } } }");
    expect(events.nodes).toEqual([{ number: 1, type: "CONVERSATION_CREATED" }]);
  });

  test("is one for each conversation of a subtree that is deleted, and none when the workspace goes", async () => {
    const { ask, ctx, caller } = await newWorkspace();
    const { workspaceId, integrationId: ownerIntegrationId } = caller;
    const data = { workspaceId, ownerIntegrationId, type: "GROUP" } as const;
    const top = await ctx.db.conversation.create({ data });
    const below = await ctx.db.conversation.create({ data: { ...data, parentId: top.id } });
    for (const conversationId of [top.id, below.id]) {
      await ctx.db.participant.create({ data: { workspaceId, conversationId, memberId: caller.memberId } });
      await ctx.db.message.create({ data: { workspaceId, conversationId, text: "Hi" } });
    }
    const { eventCursor } = await ask("{ eventCursor }");
    await ask(`mutation ($id: ID!) { deleteConversation(input: { id: $id, cascade: true }) { deletedId } }`, {
      id: encodeGlobalId("Conversation", top.id),
    });
    const { events } = await ask(
      "query ($after: String) { events(after: $after) { nodes { type conversation { id } } } }",
      {
        after: eventCursor,
      },
    );
    expect(events.nodes).toEqual(
      ["CONVERSATION_DELETED", "CONVERSATION_DELETED"].map((type) => ({ type, conversation: null })),
    );
    await ctx.db.workspace.delete({ where: { id: workspaceId } });
    expect(await ctx.db.event.count({ where: { workspaceId } })).toBe(0);
  });
});
