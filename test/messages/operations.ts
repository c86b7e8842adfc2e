import { expect } from "vitest";
import { type Actor, type Input, newFamily } from "../conversations/operations.ts";

// Messages as a client sends and lists them.

const messageWith = (revisions: string) => `message {
  id number text content { language text } attachments { url name mediaType byteSize } visibility metadata idempotencyKey createdAt
  revision editedAt deletedAt
  revisions(${revisions}) { revision content { language text } attachments { url } editedAt integration { id } }
  author { __typename ... on Member { id } ... on Customer { id } } integration { id } channel { id identifier }
  conversation { id lastMessageNumber lastActivityAt counts { messages internalMessages participants } channels { identifier } }
}`;

const send = `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { outcome ${messageWith("first: 10")} } }`;

/** The result of `sendMessage`, which has to succeed. */
export async function sendTo(actor: Actor, conversationId: string, input: Input) {
  const { sendMessage } = await actor.ask(send, { input: { conversationId, ...input } });
  return sendMessage;
}

/** The code and details that `sendMessage` is refused with. */
export const refusalOfSending = (actor: Actor, input: Input) => refusalOf(actor, send, input);

async function refusalOf(actor: Actor, document: string, input: Input) {
  const { data, errors } = await actor.query(document, { input });
  expect(Object.values(data ?? {}).filter((payload) => payload !== null)).toEqual([]);
  expect(errors).toHaveLength(1);
  return errors?.[0]?.extensions;
}

const update = (revisions: string) =>
  `mutation ($input: UpdateMessageInput!) { updateMessage(input: $input) { ${messageWith(revisions)} } }`;
const remove = `mutation ($input: DeleteMessageInput!) { deleteMessage(input: $input) { ${messageWith("first: 10")} } }`;

/** The message as `updateMessage` leaves it. It has to succeed. */
export async function change(actor: Actor, input: Input, revisions = "first: 10") {
  return (await actor.ask(update(revisions), { input })).updateMessage.message;
}

/** The message that `deleteMessage` leaves. It has to succeed. */
export async function redact(actor: Actor, id: string) {
  return (await actor.ask(remove, { input: { id } })).deleteMessage.message;
}

export const refusalOfChange = (actor: Actor, input: Input) => refusalOf(actor, update("first: 10"), input);
export const refusalOfRedaction = (actor: Actor, id: string) => refusalOf(actor, remove, { id });

/** A page of the conversation's messages, as `[number, text]`, and how many the list has. */
export async function listed(actor: Actor, id: string, args = "first: 100") {
  const { conversation } = await actor.ask(
    `query ($id: ID!) { conversation(id: $id) { messages(${args}) { totalCount nodes { number text } } } }`,
    { id },
  );
  const { totalCount, nodes } = conversation.messages;
  return { totalCount, nodes: nodes.map((one: { number: number; text: string }) => [one.number, one.text]) };
}

/** A workspace with a customer's conversation, and its id. */
export async function newChat() {
  const family = await newFamily();
  return { ...family, id: family.parent.id as string };
}
