import type { Conversation } from "../../prisma/generated/client/client.ts";
import type { Caller } from "../caller.ts";
import type { Metadata } from "../rules/metadata.ts";
import { notFound } from "../rules/not-found.ts";
import { searchNameOf } from "../rules/text.ts";
import { Raced, type Tx } from "../writing/write.ts";

/** The conversation as the transaction sees it, or NOT_FOUND that names the field in which its id stood. */
export async function getConversation(
  tx: Tx,
  caller: Caller,
  { id, field }: { id: string; field: string },
): Promise<Conversation> {
  const conversation = await findStored(tx, caller, id);
  if (!conversation) throw notFound("CONVERSATION", field);
  return conversation;
}

/**
 * Locks the conversation until the transaction ends. Undefined if there is none. Every transaction locks it before it adds participants or
 * channels: their counter locks it in any case, and one order of locks prevents deadlocks.
 */
export async function lockIfThere(tx: Tx, { workspaceId }: Caller, id: string): Promise<Conversation | undefined> {
  const [conversation] = await tx.$queryRaw<Conversation[]>`
    SELECT * FROM "Conversation" WHERE "workspaceId" = ${workspaceId}::uuid AND id = ${id}::uuid FOR NO KEY UPDATE`;
  return conversation;
}

/** The conversation that the transaction found or made. If another request deleted it since, the write starts over. */
export async function readBack(tx: Tx, caller: Caller, id: string): Promise<Conversation> {
  const conversation = await findStored(tx, caller, id);
  if (!conversation) throw new Raced("deleted meanwhile");
  return conversation;
}

function findStored(tx: Tx, { workspaceId }: Caller, id: string): Promise<Conversation | null> {
  return tx.conversation.findFirst({ where: { workspaceId, id } });
}

interface ConversationValues {
  type: Conversation["type"];
  name?: string | undefined;
  metadata?: Metadata | undefined;
  parentId?: string;
  customerId?: string | undefined;
  memberSet?: string;
}

/** Inserts a conversation that the caller's integration owns. Returns its id. */
export async function insertConversationRow(tx: Tx, caller: Caller, values: ConversationValues): Promise<string> {
  const { type, name, metadata = {}, parentId, customerId, memberSet } = values;
  const { id } = await tx.conversation.create({
    data: {
      workspaceId: caller.workspaceId,
      ownerIntegrationId: caller.integrationId,
      ...{ type, name, searchName: searchNameOf(name), parentId, customerId, memberSet },
      metadata: metadata as object,
    },
    select: { id: true },
  });
  return id;
}

/** Adds the participants that are not there yet. */
export async function insertParticipants(
  tx: Tx,
  { workspaceId }: Caller,
  {
    conversationId,
    members,
    customerId,
  }: { conversationId: string; members: string[]; customerId?: string | undefined },
): Promise<void> {
  const data = members.map((memberId): { memberId?: string; customerId?: string } => ({ memberId }));
  if (customerId) data.push({ customerId });
  await tx.participant.createMany({
    data: data.map((actor) => ({ workspaceId, conversationId, ...actor })),
    skipDuplicates: true,
  });
}
