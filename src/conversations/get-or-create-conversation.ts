import type { Conversation } from "../../prisma/generated/client/client.ts";
import { requirePermission } from "../caller.ts";
import type { Context } from "../context.ts";
import { type CustomerMatch, findCustomer, getOrCreateCustomer } from "../customers/recognise-customer.ts";
import { type ConversationAttributes, getOrCreateConversationRules } from "../rules/input.ts";
import { parse } from "../rules/parse.ts";
import { type Tx, writeInTransaction } from "../writing/write.ts";
import { addChannels, getChannelIds } from "./channels.ts";
import { addParticipants, memberSetOf, membersOf, requireMembers } from "./participants.ts";
import { createConversation, readBack } from "./stored-conversation.ts";

export interface GetOrCreateResult {
  conversation: Conversation;
  outcome: "CREATED" | "REUSED";
  matchedBy: CustomerMatch | "MEMBERS" | null;
}

/**
 * The top-level conversation of a customer, or of exactly these members: "if the matching customer already has a top-level
 * conversation, that one is returned, else one is created". However many ask at once, one is created.
 */
export async function getOrCreateConversation(context: Context, input: unknown): Promise<GetOrCreateResult> {
  requirePermission(context.caller, "engage");
  const wanted = parse(getOrCreateConversationRules, input, "input");
  return (await reuseAsIs(context, wanted)) ?? (await writeInTransaction(context, (tx) => run(tx, context, wanted)));
}

type Key = { customerId: string } | { memberSet: string };

/** The usual case, without a transaction: everything asked for is there already. */
async function reuseAsIs(context: Context, wanted: ConversationAttributes): Promise<GetOrCreateResult | undefined> {
  const { db, caller } = context;
  const members = membersOf(caller, wanted.memberIds);
  if (!namesCustomer(wanted)) {
    if (wanted.type === "GROUP") return undefined;
    const conversation = await findComplete(context, { memberSet: memberSetOf(members) }, members, wanted);
    return conversation && { conversation, outcome: "REUSED", matchedBy: "MEMBERS" };
  }
  const found = await findCustomer(db, caller, wanted);
  if (!found || found.changes) return undefined;
  const conversation = await findComplete(context, { customerId: found.customer.id }, members, wanted);
  return conversation && { conversation, outcome: "REUSED", matchedBy: found.matchedBy };
}

async function run(tx: Tx, { caller }: Context, wanted: ConversationAttributes): Promise<GetOrCreateResult> {
  const customer = namesCustomer(wanted) ? await getOrCreateCustomer(tx, caller, wanted) : undefined;
  await requireMembers(tx, caller, wanted.memberIds);
  const members = membersOf(caller, wanted.memberIds);
  const key = customer ? { customerId: customer.id } : wanted.type === "DIRECT" && { memberSet: memberSetOf(members) };

  const existing = key ? await findTopLevel(tx, caller.workspaceId, key) : null;
  const id = existing?.id ?? (await createConversation(tx, caller, { ...wanted, ...key }));
  await addParticipants(tx, caller, id, members, existing ? undefined : customer?.id);
  await addChannels(tx, caller, id, await getChannelIds(tx, caller, wanted));
  return {
    conversation: await readBack(tx, caller, id),
    outcome: existing ? "REUSED" : "CREATED",
    matchedBy: customer ? customer.matchedBy : existing ? "MEMBERS" : null,
  };
}

function namesCustomer(wanted: ConversationAttributes): boolean {
  return wanted.customerId !== undefined || wanted.customer !== undefined;
}

function findTopLevel(tx: Tx, workspaceId: string, key: Key): Promise<{ id: string } | null> {
  return tx.conversation.findFirst({ where: { workspaceId, parentId: null, ...key }, select: { id: true } });
}

/** The top-level conversation of the key, if all members and channels asked for are in it. */
async function findComplete({ db, caller }: Context, key: Key, members: string[], wanted: ConversationAttributes) {
  const { customerId, memberSet } = { customerId: null, memberSet: null, ...key };
  const [conversation] = await db.$queryRaw<Conversation[]>`
    SELECT c.* FROM "Conversation" c
    WHERE c."workspaceId" = ${caller.workspaceId}::uuid AND c."parentId" IS NULL
      AND (c."customerId" = ${customerId}::uuid OR c."memberSet" = ${memberSet})
      AND NOT EXISTS (
        SELECT FROM unnest(${members}::uuid[]) AS wanted (id) WHERE NOT EXISTS (
          SELECT FROM "Participant" p
          WHERE p."workspaceId" = c."workspaceId" AND p."conversationId" = c.id AND p."memberId" = wanted.id))
      AND NOT EXISTS (
        SELECT FROM unnest(${wanted.channelIds ?? []}::uuid[]) AS wanted (id) WHERE NOT EXISTS (
          SELECT FROM "ConversationChannel" l
          WHERE l."workspaceId" = c."workspaceId" AND l."conversationId" = c.id AND l."channelId" = wanted.id))
      AND (${wanted.channelIdentifier ?? null}::text IS NULL OR EXISTS (
        SELECT FROM "Channel" ch
        JOIN "ConversationChannel" l
          ON l."workspaceId" = c."workspaceId" AND l."conversationId" = c.id AND l."channelId" = ch.id
        WHERE ch."workspaceId" = c."workspaceId" AND ch.kind = 'WEBSITE'
          AND ch.identifier = ${wanted.channelIdentifier ?? null}))`;
  return conversation;
}
