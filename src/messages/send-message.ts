import type { Conversation, Message } from "../../prisma/generated/client/client.ts";
import { type Caller, requirePermission } from "../caller.ts";
import type { Context } from "../context.ts";
import { addChannels, getChannelIds } from "../conversations/channels.ts";
import { getConversation } from "../conversations/stored-conversation.ts";
import { findCustomer, getOrCreateCustomer } from "../customers/get-or-create-customer.ts";
import { DomainError } from "../errors.ts";
import { joinConversation, lockConversation } from "../participants/join-conversation.ts";
import { type MessageInput, sendMessageRules } from "../rules/message-input.ts";
import { notFound } from "../rules/not-found.ts";
import { badInput, parse } from "../rules/parse.ts";
import { hashInput, meaningOf } from "../writing/hash-input.ts";
import { Raced, type Tx, write } from "../writing/write.ts";
import { type Author, insertMessage } from "./insert-message.ts";

export interface SendResult {
  message: Message;
  outcome: "SENT" | "REPEATED";
}

interface Sending {
  caller: Caller;
  wanted: MessageInput;
  inputHash: string | undefined;
}

/**
 * Says something in a conversation, as the key's member or as a customer, who become participants where they are absent; so does
 * the channel. The same idempotencyKey in the same conversation returns the first message, REPEATED.
 */
export async function sendMessage(context: Context, input: unknown): Promise<SendResult> {
  const { caller } = context;
  requirePermission(caller, "engage");
  const wanted = parse(sendMessageRules, input, "input");
  const sending = {
    caller,
    wanted,
    inputHash: wanted.idempotencyKey && hashInput([meaningOf(wanted), authorKey(caller, wanted)]),
  };
  return write(context, async (db) => {
    const message = await sendAsIs(db, sending);
    return message ? { message, outcome: "SENT" } : db.$transaction((tx) => prepareAndSend(tx, sending));
  });
}

/** The same words of another member are another input. */
function authorKey({ memberId }: Caller, { sender }: MessageInput): string | undefined {
  return sender === "WORKSPACE" ? memberId : undefined;
}

/** The usual case, without a transaction: all that the message needs is there already. */
async function sendAsIs(db: Context["db"], sending: Sending): Promise<Message | undefined> {
  const { caller, wanted } = sending;
  if (!wanted.customer && !wanted.customerId)
    return insertMessage(db, caller, { ...sending, author: authorOf(sending) });
  const found = await findCustomer(db, caller, wanted);
  if (!found || found.changes) return undefined;
  return insertMessage(db, caller, { ...sending, author: { customerId: found.customer.id } });
}

function authorOf({ caller: { memberId }, wanted: { sender } }: Sending): Author {
  return sender === "CUSTOMER" ? "CONVERSATION_CUSTOMER" : { memberId };
}

/** Makes what is missing, or tells what cannot be. */
async function prepareAndSend(tx: Tx, sending: Sending): Promise<SendResult> {
  const { caller, wanted } = sending;
  await getConversation(tx, caller, wanted.conversationId, "input.conversationId");
  const sent = await findSent(tx, sending);
  if (sent) return { message: sent, outcome: "REPEATED" };
  await requireParent(tx, caller, wanted);
  const customer = wanted.customerId || wanted.customer ? await getOrCreateCustomer(tx, caller, wanted) : undefined;
  const conversation = await lockConversation(tx, caller, wanted.conversationId);
  const author = customer ? { customerId: customer.id } : actorOf(sending, conversation);
  await joinConversation(tx, conversation, { memberIds: [], customerIds: [], ...listed(author) });
  await addChannel(tx, sending, conversation);
  const message = await insertMessage(tx, caller, { ...sending, author });
  if (!message) throw new Raced("what the message needs went away meanwhile");
  return { message, outcome: "SENT" };
}

function actorOf({ caller: { memberId }, wanted }: Sending, { customerId }: Conversation) {
  if (wanted.sender === "WORKSPACE") return { memberId };
  if (customerId) return { customerId };
  throw badInput("input.customer", "REQUIRED", "the conversation is with no customer: say which one sends");
}

function listed(author: { memberId: string } | { customerId: string }) {
  return "memberId" in author ? { memberIds: [author.memberId] } : { customerIds: [author.customerId] };
}

/** The message that the key was used for. A redacted one is not compared: it is not sent anew. */
async function findSent(tx: Tx, { caller: { workspaceId }, wanted, inputHash }: Sending): Promise<Message | null> {
  const { conversationId, idempotencyKey } = wanted;
  if (!idempotencyKey) return null;
  const sent = await tx.message.findFirst({ where: { workspaceId, conversationId, idempotencyKey } });
  if (sent?.inputHash && sent.inputHash !== inputHash) {
    throw new DomainError("CONFLICT", "This idempotencyKey was used with another input.", {
      reason: "IDEMPOTENCY_KEY_REUSED",
      field: "input.idempotencyKey",
    });
  }
  return sent;
}

async function requireParent(tx: Tx, { workspaceId }: Caller, { conversationId, parentId, visibility }: MessageInput) {
  if (!parentId) return;
  const parent = await tx.message.findFirst({ where: { workspaceId, conversationId, id: parentId } });
  if (!parent) throw notFound("MESSAGE", "input.parentId");
  if (parent.visibility === "INTERNAL" && visibility === "PUBLIC") {
    throw badInput("input.parentId", "CONTRADICTION", "a PUBLIC message cannot answer an INTERNAL one");
  }
}

async function addChannel(tx: Tx, { caller, wanted }: Sending, conversation: Conversation): Promise<void> {
  const { channelId: id, channelIdentifier } = wanted;
  const { workspaceId } = caller;
  if (id && !(await tx.channel.findFirst({ where: { workspaceId, id } }))) throw notFound("CHANNEL", "input.channelId");
  const ids = id ? [id] : await getChannelIds(tx, caller, { channelIdentifier });
  await addChannels(tx, caller, conversation.id, ids);
}
