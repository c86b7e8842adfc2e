import { expect } from "vitest";
import { type Actor, type Input, newFamily } from "../conversations/operations.ts";

// Messages as a client sends and lists them.

const message = `message {
  id number text content { language text } attachments { url name mediaType byteSize } visibility metadata idempotencyKey createdAt
  author { __typename ... on Member { id } ... on Customer { id } } integration { id } channel { id identifier }
  conversation { id lastMessageNumber lastActivityAt counts { messages internalMessages participants } channels { identifier } }
}`;

const send = `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { outcome ${message} } }`;

/** What `sendMessage` gives. It has to succeed. */
export async function sendTo(actor: Actor, conversationId: string, input: Input) {
  const { sendMessage } = await actor.ask(send, { input: { conversationId, ...input } });
  return sendMessage;
}

/** The code and details that `sendMessage` is refused with. */
export async function refusalOfSending(actor: Actor, input: Input) {
  const { data, errors } = await actor.query(send, { input });
  expect(data ?? null).toBeNull();
  expect(errors).toHaveLength(1);
  return errors?.[0]?.extensions;
}

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
