import type { z } from "zod";
import { type Conversation, Prisma } from "../../prisma/generated/client/client.ts";
import { type Caller, requirePermission } from "../caller.ts";
import type { Context } from "../context.ts";
import { findUnchanged, getOrCreateCustomer } from "../customers/get-or-create-customer.ts";
import { namesCustomer } from "../customers/recognise-customer.ts";
import { DomainError } from "../errors.ts";
import { parameter } from "../reading/parameter.ts";
import { createSubConversationRules } from "../rules/conversation-input.ts";
import { parse } from "../rules/parse.ts";
import { asStoredBefore, hashInput, meaningOf } from "../writing/hash-input.ts";
import { type Output, wholeRecord } from "../writing/output.ts";
import { inTransaction, type Tx, write } from "../writing/write.ts";
import { addChannels, getChannelIds, inheritChannels } from "./channels.ts";
import { getConversation, insertConversationRow, insertParticipants, readBack } from "./conversation-rows.ts";
import { insertConversation } from "./insert-conversation.ts";
import { memberSetOf, membersOf, requireMembers } from "./members.ts";

const { sql } = Prisma;

type Wanted = z.output<typeof createSubConversationRules>;

/**
 * Creates a conversation under a parent. It gets the channels of the parent if the input names none, and never the participants. The same
 * idempotencyKey under the same parent returns the first result.
 */
export async function createSubConversation<R = Conversation>(
  context: Context,
  input: unknown,
  output: Output<R> = wholeRecord(),
): Promise<{ conversation: R | Conversation }> {
  requirePermission(context.caller, "engage");
  const wanted = parse(createSubConversationRules, input, "input");
  return write(context, async () => ({
    conversation:
      (await insert(context, wanted, output)) ??
      (await findFirstResult(context, wanted, output)) ??
      (await inTransaction(context, (tx) => createInSteps(tx, context, wanted))),
  }));
}

/** The usual case, in one statement: every record that the input names exists. Otherwise undefined. */
async function insert<R>(context: Context, wanted: Wanted, { written }: Output<R>): Promise<R | undefined> {
  const below = { ...wanted, inputHash: wanted.idempotencyKey && hashInput(meaningOf(wanted)) };
  const customer = namesCustomer(wanted) ? await findUnchanged(context.db, context.caller, wanted) : null;
  if (customer === undefined) return undefined;
  const conversation = { wanted, customer: customer ?? undefined, below };
  return insertConversation(context, { conversation, columns: written });
}

/** Creates the missing records too, or throws the error that says which rule is broken. */
async function createInSteps(tx: Tx, context: Context, wanted: Wanted): Promise<Conversation> {
  const { caller } = context;
  await getConversation(tx, caller, { id: wanted.parentId, field: "input.parentId" });
  const found = await findFirstResult({ caller, db: tx }, wanted, wholeRecord<Conversation>());
  return found ?? readBack(tx, caller, await create(tx, caller, wanted));
}

async function create(tx: Tx, caller: Caller, wanted: Wanted): Promise<string> {
  const { parentId, idempotencyKey: key } = wanted;
  const customer = namesCustomer(wanted) ? await getOrCreateCustomer(tx, caller, wanted) : undefined;
  await requireMembers(tx, caller, wanted.memberIds);
  const members = membersOf(caller, wanted.memberIds);
  const memberSet = !customer && wanted.type === "DIRECT" ? memberSetOf(members) : undefined;

  const id = await insertConversationRow(tx, caller, { ...wanted, customerId: customer?.id, memberSet });
  await insertParticipants(tx, caller, { conversationId: id, members, customerId: customer?.id });
  if (wanted.channelIds || wanted.channelIdentifier) {
    await addChannels(tx, caller, { conversationId: id, channelIds: await getChannelIds(tx, caller, wanted) });
  } else {
    await inheritChannels(tx, caller, { conversationId: id, parentId });
  }
  if (key) {
    const { workspaceId } = caller;
    await tx.idempotencyKey.create({
      data: { workspaceId, parentId, key, inputHash: hashInput(meaningOf(wanted)), conversationId: id },
    });
  }
  return id;
}

/** The conversation that this idempotencyKey made before, if the input means the same. */
async function findFirstResult<R>(
  { db, caller: { workspaceId } }: { db: Pick<Tx, "$queryRaw">; caller: Caller },
  wanted: Wanted,
  { found: columns }: Output<R>,
): Promise<R | undefined> {
  const { parentId, idempotencyKey: key } = wanted;
  if (!key) return undefined;
  const workspace = parameter(workspaceId, "uuid");
  const [first] = await columns.send<{ inputHash: string }>(
    db,
    sql`SELECT used."inputHash", ${columns.sql} FROM "IdempotencyKey" used
      JOIN "Conversation" record ON record."workspaceId" = ${workspace} AND record.id = used."conversationId"
      WHERE used."workspaceId" = ${workspace} AND used."parentId" = ${parameter(parentId, "uuid")}
        AND used.key = ${parameter(key, "text")}`,
  );
  if (!first) return undefined;
  const { inputHash, ...conversation } = first;
  if (![meaningOf(wanted), asStoredBefore(wanted)].map(hashInput).includes(inputHash)) {
    throw new DomainError("CONFLICT", "This idempotencyKey was used with another input.", {
      reason: "IDEMPOTENCY_KEY_REUSED",
      field: "input.idempotencyKey",
    });
  }
  return conversation as R;
}
