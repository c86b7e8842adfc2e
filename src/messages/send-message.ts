import { type Conversation, type Message, Prisma } from "../../prisma/generated/client/client.ts";
import { type Caller, requirePermission } from "../caller.ts";
import type { Context } from "../context.ts";
import { addChannels, getChannelIds } from "../conversations/channels.ts";
import { getConversation } from "../conversations/conversation-rows.ts";
import { findUnchanged, getOrCreateCustomer } from "../customers/get-or-create-customer.ts";
import { namesCustomer } from "../customers/recognise-customer.ts";
import { isDistributed } from "../database/is-distributed.ts";
import { DomainError } from "../errors.ts";
import { joinConversation, lockConversation } from "../participants/join-conversation.ts";
import { parameter } from "../reading/parameter.ts";
import { type MessageInput, sendMessageRules } from "../rules/message-input.ts";
import { notFound } from "../rules/not-found.ts";
import { badInput, parse } from "../rules/parse.ts";
import { hashInput, meaningOf } from "../writing/hash-input.ts";
import { type Columns, type Output, wholeRecord } from "../writing/output.ts";
import { inTransaction, Raced, type Tx, write } from "../writing/write.ts";
import { type Author, insertMessage, insertMessageInSteps } from "./insert-message.ts";

const { sql } = Prisma;

interface SendResult<R = Message> {
  message: R;
  outcome: "SENT" | "REPEATED";
}

interface Sending {
  caller: Caller;
  wanted: MessageInput;
  inputHash: string | undefined;
}

/**
 * Sends a message as the key's member or as a customer. Its author becomes a participant, and its channel one of the conversation's
 * channels, if they are not yet. The same idempotencyKey in the same conversation returns the first message, with the outcome REPEATED.
 */
export async function sendMessage<R = Message>(
  context: Context,
  input: unknown,
  output: Output<R> = wholeRecord(),
): Promise<SendResult<R | Message>> {
  const { caller } = context;
  requirePermission(caller, "engage");
  const wanted = parse(sendMessageRules, input, "input");
  const sending = {
    caller,
    wanted,
    inputHash: wanted.idempotencyKey && hashInput([meaningOf(wanted), authorKey(caller, wanted)]),
  };
  return write(
    context,
    async (db) =>
      (await sendAsIs(context, sending, output.written)) ??
      (await findSent(db, sending, output.found)) ??
      (await inTransaction(context, (tx) => prepareAndSend(tx, sending))),
  );
}

/** The same text of another member is another input. */
function authorKey({ memberId }: Caller, { sender }: MessageInput): string | undefined {
  return sender === "WORKSPACE" ? memberId : undefined;
}

/** The usual case, in one statement, or on Citus in few: every record that the message needs exists. */
async function sendAsIs<R>(
  context: Context,
  sending: Sending,
  columns: Columns<R>,
): Promise<SendResult<R | Message> | undefined> {
  const { wanted } = sending;
  const { db } = context;
  const author = namesCustomer(wanted) ? await knownAuthor(db, sending) : authorOf(sending);
  if (!author) return undefined;
  const message = isDistributed(db)
    ? await inTransaction(context, (tx) => insertMessageInSteps(tx, { ...sending, author }))
    : await insertMessage(db, { ...sending, author }, columns);
  return message && { message, outcome: "SENT" };
}

/** The customer who is the author, if no customer has to be written. */
async function knownAuthor(db: Context["db"], { caller, wanted }: Sending): Promise<Author | undefined> {
  const customer = await findUnchanged(db, caller, wanted);
  return customer && "id" in customer ? { customerId: customer.id } : undefined;
}

function authorOf({ caller: { memberId }, wanted: { sender } }: Sending): Author {
  return sender === "CUSTOMER" ? "CONVERSATION_CUSTOMER" : { memberId };
}

/** Creates the missing records and sends the message, or throws the error that says which rule is broken. */
async function prepareAndSend(tx: Tx, sending: Sending): Promise<SendResult> {
  const { caller, wanted } = sending;
  await getConversation(tx, caller, { id: wanted.conversationId, field: "input.conversationId" });
  const sent = await findSent(tx, sending, wholeRecord<Message>().found);
  if (sent) return sent;
  await requireParent(tx, caller, wanted);
  const customer = namesCustomer(wanted) ? await getOrCreateCustomer(tx, caller, wanted) : undefined;
  const conversation = await lockConversation(tx, caller, wanted.conversationId);
  const author = customer ? { customerId: customer.id } : actorOf(sending, conversation);
  await joinConversation(tx, conversation, { memberIds: [], customerIds: [], ...listed(author) });
  await addChannel(tx, sending, conversation);
  const message = await insertMessageInSteps(tx, { ...sending, author });
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

/**
 * The message that was sent with this idempotencyKey. If it was redacted, it is returned without a comparison of inputs, and not sent
 * again.
 */
async function findSent<R>(
  db: Pick<Tx, "$queryRaw">,
  { caller: { workspaceId }, wanted, inputHash }: Sending,
  columns: Columns<R>,
): Promise<SendResult<R> | undefined> {
  const { conversationId, idempotencyKey } = wanted;
  if (!idempotencyKey) return undefined;
  const [sent] = await columns.send<{ usedWith: string | null }>(
    db,
    sql`SELECT record."inputHash" AS "usedWith", ${columns.sql} FROM "Message" record
      WHERE record."workspaceId" = ${parameter(workspaceId, "uuid")}
        AND record."conversationId" = ${parameter(conversationId, "uuid")}
        AND record."idempotencyKey" = ${parameter(idempotencyKey, "text")}`,
  );
  if (!sent) return undefined;
  const { usedWith, ...message } = sent;
  if (usedWith && usedWith !== inputHash) {
    throw new DomainError("CONFLICT", "This idempotencyKey was used with another input.", {
      reason: "IDEMPOTENCY_KEY_REUSED",
      field: "input.idempotencyKey",
    });
  }
  return { message: message as R, outcome: "REPEATED" };
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
  const channelIds = id ? [id] : await getChannelIds(tx, caller, { channelIdentifier });
  await addChannels(tx, caller, { conversationId: conversation.id, channelIds });
}
