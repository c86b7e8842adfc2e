import type { Conversation } from "../../prisma/generated/client/client.ts";
import { requirePermission } from "../caller.ts";
import type { Context } from "../context.ts";
import { getOrCreateCustomer } from "../customers/get-or-create-customer.ts";
import type { CustomerMatch } from "../customers/recognise-customer.ts";
import { type ConversationAttributes, getOrCreateConversationRules } from "../rules/input.ts";
import { parse } from "../rules/parse.ts";
import { type Tx, writeInTransaction } from "../writing/write.ts";
import { addChannels, getChannelIds } from "./channels.ts";
import { addParticipants, memberSetOf, membersOf, requireMembers } from "./participants.ts";
import { namesCustomer, reuseConversation } from "./reuse-conversation.ts";
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
  return (
    (await reuseConversation(context, wanted)) ?? (await writeInTransaction(context, (tx) => run(tx, context, wanted)))
  );
}

type Key = { customerId: string } | { memberSet: string };

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

function findTopLevel(tx: Tx, workspaceId: string, key: Key): Promise<{ id: string } | null> {
  return tx.conversation.findFirst({ where: { workspaceId, parentId: null, ...key }, select: { id: true } });
}
