import { describe, expect, test } from "vitest";
import { idOf, unknownId } from "../conversations/operations.ts";
import { testDatabase } from "../support/database.ts";
import { newChat, redact, sendTo } from "./operations.ts";

type Chat = Awaited<ReturnType<typeof newChat>>;
type Actor = Pick<Chat, "ask" | "query">;

const mark = `mutation ($input: MarkReadInput!) {
  markRead(input: $input) { participant { lastReadNumber unreadCount actor { id } } } }`;

async function markRead(actor: Actor, input: object) {
  const { participant } = (await actor.ask(mark, { input })).markRead;
  return [participant.lastReadNumber, participant.unreadCount];
}

async function refusal(actor: Actor, input: object) {
  const { errors } = await actor.query(mark, { input });
  expect(errors).toHaveLength(1);
  return errors?.[0]?.extensions;
}

/** The read marks and unread counts of the participants, by the type of the actor. */
async function unread(actor: Actor, id: string) {
  const { conversation } = await actor.ask(
    `query ($id: ID!) { conversation(id: $id) { participants { nodes { lastReadNumber unreadCount actor { __typename } } } } }`,
    { id },
  );
  const nodes: { lastReadNumber: number; unreadCount: number; actor: { __typename: string } }[] =
    conversation.participants.nodes;
  return Object.fromEntries(nodes.map((one) => [one.actor.__typename, [one.lastReadNumber, one.unreadCount]]));
}

test("counts the messages of others after the last one read", async () => {
  const { id, ...ours } = await newChat();
  expect(await unread(ours, id)).toEqual({ Member: [0, 0], Customer: [0, 0] });
  const { message } = await sendTo(ours, id, { text: "1", sender: "CUSTOMER" });
  await sendTo(ours, id, { text: "2", sender: "CUSTOMER" });
  expect(await unread(ours, id)).toEqual({ Member: [0, 2], Customer: [2, 0] });
  expect(await markRead(ours, { conversationId: id, upTo: message.id })).toEqual([1, 1]);
  expect(await markRead(ours, { conversationId: id })).toEqual([2, 0]);
  await sendTo(ours, id, { text: "3" });
  expect(await unread(ours, id)).toEqual({ Member: [3, 0], Customer: [2, 1] });
});

test("never goes back", async () => {
  const { id, ...ours } = await newChat();
  const { message } = await sendTo(ours, id, { text: "1", sender: "CUSTOMER" });
  await sendTo(ours, id, { text: "2", sender: "CUSTOMER" });
  await markRead(ours, { conversationId: id });
  expect(await markRead(ours, { conversationId: id, upTo: message.id })).toEqual([2, 0]);
});

test("a message that one sends counts as read only if one had read everything before it", async () => {
  const { id, ...ours } = await newChat();
  await sendTo(ours, id, { text: "1", sender: "CUSTOMER" });
  await sendTo(ours, id, { text: "2" });
  expect(await unread(ours, id)).toMatchObject({ Member: [0, 1] });
  await markRead(ours, { conversationId: id });
  await sendTo(ours, id, { text: "3" });
  expect(await unread(ours, id)).toMatchObject({ Member: [3, 0] });
});

test("redacted messages are unread for nobody, INTERNAL ones for no customer", async () => {
  const { id, ...ours } = await newChat();
  const colleague = await ours.newActor();
  const { message } = await sendTo(colleague, id, { text: "1" });
  await sendTo(colleague, id, { text: "2", visibility: "INTERNAL" });
  await sendTo(colleague, id, { text: "3" });
  expect(await unread(ours, id)).toMatchObject({ Customer: [0, 2] });
  await redact(colleague, message.id);
  expect(await unread(ours, id)).toMatchObject({ Customer: [0, 1] });
  expect(await markRead(ours, { conversationId: id, upTo: message.id })).toEqual([1, 2]);
});

test("a customer's reading is noted for the customer", async () => {
  const { id, parent, ...ours } = await newChat();
  await sendTo(ours, id, { text: "1" });
  expect(await markRead(ours, { conversationId: id, customerId: parent.customer })).toEqual([1, 0]);
});

test("100 messages are looked at, and 100 means as many or more", async () => {
  const { id, ...ours } = await newChat();
  const { pool } = await testDatabase();
  const say = (count: number) =>
    pool.query(
      `INSERT INTO "Message" ("workspaceId", "conversationId", text) SELECT $1, $2, 'x' FROM generate_series(1, $3::int)`,
      [ours.workspace.id, id.slice("conversation_".length), count],
    );
  await say(99);
  expect(await unread(ours, id)).toMatchObject({ Customer: [0, 99] });
  await say(1);
  expect(await unread(ours, id)).toMatchObject({ Customer: [0, 100] });
  await say(30);
  expect(await unread(ours, id)).toMatchObject({ Customer: [0, 100] });
});

describe("refuses", () => {
  test("a message that is not there, and a reader who takes no part", async () => {
    const { id, ...ours } = await newChat();
    const missing = (reason: string, field: string) => ({ code: "NOT_FOUND", reason, field: `input.${field}` });
    expect(await refusal(ours, { conversationId: unknownId("Conversation") })).toEqual(
      missing("CONVERSATION", "conversationId"),
    );
    expect(await refusal(ours, { conversationId: id, upTo: unknownId("Message") })).toEqual(missing("MESSAGE", "upTo"));
    const other = idOf("Customer", await ours.newCustomer());
    for (const customerId of [other, unknownId("Customer")])
      expect(await refusal(ours, { conversationId: id, customerId })).toEqual(missing("PARTICIPANT", "customerId"));
    const stranger = await ours.newActor();
    expect(await refusal(stranger, { conversationId: id })).toEqual(missing("PARTICIPANT", "conversationId"));
  });
});

test("reading on is one statement", async () => {
  const { id, ...ours } = await newChat();
  await sendTo(ours, id, { text: "1", sender: "CUSTOMER" });
  const { countStatements } = await testDatabase();
  const document = `mutation ($input: MarkReadInput!) { markRead(input: $input) { participant { lastReadNumber } } }`;
  expect(await countStatements(() => ours.ask(document, { input: { conversationId: id } }))).toBe(1);
});
