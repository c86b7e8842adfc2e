import type { Conversation } from "../../prisma/generated/client/client.ts";
import { type Caller, requirePermission } from "../caller.ts";
import type { Context } from "../context.ts";
import { readBack } from "../conversations/conversation-rows.ts";
import { DomainError } from "../errors.ts";
import { notFound } from "../rules/not-found.ts";
import { parse } from "../rules/parse.ts";
import { type ParticipantKey, removeParticipantRules } from "../rules/participant-input.ts";
import { type Tx, writeInTransaction } from "../writing/write.ts";
import { forgetMemberSet, lockConversation, requireOpenCircle } from "./join-conversation.ts";

/** Removes a member or a customer from a conversation. Their messages stay. `removed` is false if they were no participant. */
export async function removeParticipant(
  context: Context,
  input: unknown,
): Promise<{ conversation: Conversation; removed: boolean }> {
  const { caller } = context;
  requirePermission(caller, "engage");
  const { conversationId, ...actor } = parse(removeParticipantRules, input, "input");
  return writeInTransaction(context, async (tx) => {
    const conversation = await lockConversation(tx, caller, conversationId);
    requireOpenCircle(conversation);
    await requireActor(tx, caller, actor);
    if (actor.customerId && actor.customerId === conversation.customerId) throw conversationCustomer();
    const { workspaceId } = caller;
    const { count } = await tx.participant.deleteMany({ where: { workspaceId, conversationId, ...actor } });
    if (count > 0) await forgetMemberSet(tx, conversation);
    return { conversation: await readBack(tx, caller, conversationId), removed: count > 0 };
  });
}

async function requireActor(tx: Tx, { workspaceId }: Caller, { memberId, customerId }: ParticipantKey): Promise<void> {
  const select = { id: true };
  if (memberId && !(await tx.member.findFirst({ where: { workspaceId, id: memberId }, select }))) {
    throw notFound("MEMBER", "input.memberId");
  }
  if (customerId && !(await tx.customer.findFirst({ where: { workspaceId, id: customerId }, select }))) {
    throw notFound("CUSTOMER", "input.customerId");
  }
}

function conversationCustomer(): DomainError<"CONFLICT"> {
  return new DomainError("CONFLICT", "The conversation is with this customer, who cannot be removed.", {
    reason: "CONVERSATION_CUSTOMER",
    field: "input.customerId",
  });
}
