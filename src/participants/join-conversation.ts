import { type Conversation, type Participant, Prisma } from "../../prisma/generated/client/client.ts";
import type { Caller } from "../caller.ts";
import { lockIfThere } from "../conversations/conversation-rows.ts";
import { DomainError } from "../errors.ts";
import { notFound } from "../rules/not-found.ts";
import type { Tx } from "../writing/write.ts";

interface Actors {
  memberIds?: string[] | undefined;
  customerIds?: string[] | undefined;
}

/**
 * Locks the conversation until the transaction ends, so that its participants and channels can change. Throws NOT_FOUND if there is none.
 */
export async function lockConversation(tx: Tx, caller: Caller, id: string): Promise<Conversation> {
  const conversation = await lockIfThere(tx, caller, id);
  if (!conversation) throw notFound("CONVERSATION", "input.conversationId");
  return conversation;
}

/** Throws CONFLICT if the conversation is identified by its set of members: then nobody can join or leave. */
export function requireOpenCircle({ parentId, type, customerId }: Conversation): void {
  if (parentId || customerId || type !== "DIRECT") return;
  throw new DomainError("CONFLICT", "A direct conversation among members is that of exactly these members.", {
    reason: "FIXED_MEMBERS",
    field: "input.conversationId",
  });
}

/** Adds the actors who are no participants yet to a locked conversation. Returns the new participants. */
export async function joinConversation(
  tx: Tx,
  conversation: Conversation,
  { memberIds = [], customerIds = [] }: Actors,
): Promise<Participant[]> {
  const { workspaceId, id } = conversation;
  const actors = [
    ...memberIds.map((memberId) => ({ memberId, customerId: null })),
    ...customerIds.map((customerId) => ({ memberId: null, customerId })),
  ];
  const rows = actors.map(
    ({ memberId, customerId }) =>
      Prisma.sql`(${workspaceId}::uuid, ${id}::uuid, ${memberId}::uuid, ${customerId}::uuid)`,
  );
  const added = await tx.$queryRaw<Participant[]>`
    INSERT INTO "Participant" ("workspaceId", "conversationId", "memberId", "customerId") VALUES ${Prisma.join(rows)}
    ON CONFLICT DO NOTHING RETURNING *`;
  if (added.length > 0) {
    requireOpenCircle(conversation);
    await forgetMemberSet(tx, conversation);
  }
  return added;
}

/** Removes the set of members of a sub-conversation, because somebody joined or left. */
export async function forgetMemberSet(tx: Tx, { workspaceId, id, memberSet }: Conversation): Promise<void> {
  if (!memberSet) return;
  await tx.$executeRaw`
    UPDATE "Conversation" SET "memberSet" = NULL WHERE "workspaceId" = ${workspaceId}::uuid AND id = ${id}::uuid`;
}
