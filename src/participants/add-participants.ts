import type { Conversation, Participant } from "../../prisma/generated/client/client.ts";
import { requirePermission } from "../caller.ts";
import type { Context } from "../context.ts";
import { readBack } from "../conversations/conversation-rows.ts";
import { requireMembers } from "../conversations/members.ts";
import { parse } from "../rules/parse.ts";
import { addParticipantsRules } from "../rules/participant-input.ts";
import { writeInTransaction } from "../writing/write.ts";
import { joinConversation, lockConversation, requireOpenCircle } from "./join-conversation.ts";
import { requireCustomers } from "./require-customers.ts";

/** Adds members and customers as participants. `added` has only those who were none before. */
export async function addParticipants(
  context: Context,
  input: unknown,
): Promise<{ conversation: Conversation; added: Participant[] }> {
  const { caller } = context;
  requirePermission(caller, "engage");
  const { conversationId, ...actors } = parse(addParticipantsRules, input, "input");
  return writeInTransaction(context, async (tx) => {
    const conversation = await lockConversation(tx, caller, conversationId);
    requireOpenCircle(conversation);
    await requireMembers(tx, caller, actors.memberIds);
    await requireCustomers(tx, caller, actors.customerIds);
    const added = await joinConversation(tx, conversation, actors);
    return { conversation: await readBack(tx, caller, conversationId), added };
  });
}
