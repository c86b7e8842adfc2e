import { type Conversation, Prisma } from "../../prisma/generated/client/client.ts";
import { requirePermission } from "../caller.ts";
import type { Context } from "../context.ts";
import { getOrCreateCustomer, newOrFound, updateCustomerSql } from "../customers/get-or-create-customer.ts";
import { type CustomerMatch, type FoundCustomer, namesCustomer } from "../customers/recognise-customer.ts";
import { type ConversationAttributes, getOrCreateConversationRules } from "../rules/conversation-input.ts";
import { parse } from "../rules/parse.ts";
import { type Columns, type Output, wholeRecord } from "../writing/output.ts";
import { inTransaction, Raced, type Tx, toldCaller, write } from "../writing/write.ts";
import { addChannels, getChannelIds } from "./channels.ts";
import { insertConversationRow, insertParticipants, lockIfThere, readBack } from "./conversation-rows.ts";
import { findExisting } from "./find-existing.ts";
import { insertConversation } from "./insert-conversation.ts";
import { memberSetOf, membersOf, requireMembers } from "./members.ts";

const { sql } = Prisma;

interface GetOrCreateResult<R = Conversation> {
  conversation: R;
  outcome: "CREATED" | "REUSED";
  matchedBy: CustomerMatch | "MEMBERS" | null;
}

/**
 * The top-level conversation of a customer, or of exactly these members: "if the matching customer already has a top-level
 * conversation, that one is returned, else one is created". However many ask at once, one is created.
 */
export async function getOrCreateConversation<R = Conversation>(
  context: Context,
  input: unknown,
  output: Output<R> = wholeRecord(),
): Promise<GetOrCreateResult<R | Conversation>> {
  requirePermission(context.caller, "engage");
  const wanted = parse(getOrCreateConversationRules, input, "input");
  return write(
    context,
    async () =>
      (await findOrInsert(context, wanted, output)) ?? inTransaction(context, (tx) => run(tx, context, wanted)),
  );
}

/** Answers the usual cases in at most two statements: the conversation exists, or only the conversation is missing. */
async function findOrInsert<R>(
  context: Context,
  wanted: ConversationAttributes,
  output: Output<R>,
): Promise<GetOrCreateResult<R> | undefined> {
  const { conversation: found, customer, candidates } = await findExisting(context, wanted, output.found);
  const matchedBy = customer?.matchedBy ?? null;
  if (customer?.changes) {
    const reused = found && (await updateAndReuse(context, customer, output.written));
    return reused && { conversation: reused, outcome: "REUSED", matchedBy };
  }
  if (found) return { conversation: found, outcome: "REUSED", matchedBy: matchedBy ?? "MEMBERS" };
  const conversation = {
    wanted,
    customer: namesCustomer(wanted) ? newOrFound(wanted, customer, candidates) : undefined,
  };
  const created = await insertConversation(context, { conversation, columns: output.written });
  return created && { conversation: created, outcome: "CREATED", matchedBy };
}

/**
 * Updates the customer and returns their conversation, in one statement. If either has changed meanwhile, it writes nothing and returns
 * undefined.
 */
async function updateAndReuse<R>(
  { db, caller }: Context,
  { customer, changes = {} }: FoundCustomer,
  columns: Columns<R>,
): Promise<R | undefined> {
  const ofCustomer = sql`"workspaceId" = ${caller.workspaceId}::uuid AND "customerId" = ${customer.id}::uuid AND "parentId" IS NULL`;
  const [conversation] = await columns.send(
    db,
    sql`WITH changed AS (
      ${updateCustomerSql(caller, { seen: customer, changes })} AND EXISTS (SELECT FROM "Conversation" WHERE ${ofCustomer})
      RETURNING id
    ) SELECT ${columns.sql} FROM "Conversation" AS record, ${toldCaller(db, caller)} WHERE ${ofCustomer} AND EXISTS (SELECT FROM changed)`,
  );
  return conversation;
}

type Key = { customerId: string } | { memberSet: string };

async function run(tx: Tx, { caller }: Context, wanted: ConversationAttributes): Promise<GetOrCreateResult> {
  const customer = namesCustomer(wanted) ? await getOrCreateCustomer(tx, caller, wanted) : undefined;
  await requireMembers(tx, caller, wanted.memberIds);
  const members = membersOf(caller, wanted.memberIds);
  const key = customer ? { customerId: customer.id } : wanted.type === "DIRECT" && { memberSet: memberSetOf(members) };

  const existing = key ? await findTopLevel(tx, caller.workspaceId, key) : null;
  if (existing && !(await lockIfThere(tx, caller, existing.id))) throw new Raced("deleted meanwhile");
  const id = existing?.id ?? (await insertConversationRow(tx, caller, { ...wanted, ...key }));
  await insertParticipants(tx, caller, {
    conversationId: id,
    members,
    customerId: existing ? undefined : customer?.id,
  });
  await addChannels(tx, caller, { conversationId: id, channelIds: await getChannelIds(tx, caller, wanted) });
  return {
    conversation: await readBack(tx, caller, id),
    outcome: existing ? "REUSED" : "CREATED",
    matchedBy: customer ? customer.matchedBy : existing ? "MEMBERS" : null,
  };
}

function findTopLevel(tx: Tx, workspaceId: string, key: Key): Promise<{ id: string } | null> {
  return tx.conversation.findFirst({ where: { workspaceId, parentId: null, ...key }, select: { id: true } });
}
