import DataLoader from "dataloader";
import type { Channel, Conversation, Message, Participant } from "../../prisma/generated/client/client.ts";
import { requirePermission } from "../caller.ts";
import { type Context, perRequest } from "../context.ts";
import { groupByOwner } from "./group-by-owner.ts";
import { conversations } from "./loaders.ts";
import { ownedList } from "./owned-list.ts";
import { type CountedPage, orderById, type PageArgs } from "./page.ts";

// What hangs on a conversation. Other conversations and messages need the permission to read; its own circle does not.

const readParticipants = ownedList<Participant>({
  table: "Participant",
  ownerColumn: "conversationId",
  order: orderById("participants", "ASC"),
});

const readMessages = ownedList<Message>({
  table: "Message",
  ownerColumn: "conversationId",
  order: orderById("messages", "DESC"),
});

/** Who takes part, in the order of joining. */
export async function participantsOf(
  context: Context,
  conversation: Conversation,
  args: PageArgs,
): Promise<CountedPage<Participant>> {
  return { ...(await readParticipants(context, conversation.id, args)), totalCount: conversation.participantsCount };
}

/** What was said, newest first. */
export async function messagesOf(
  context: Context,
  conversation: Conversation,
  args: PageArgs,
): Promise<CountedPage<Message>> {
  requirePermission(context.caller, "read");
  return { ...(await readMessages(context, conversation.id, args)), totalCount: conversation.messagesCount };
}

/** What was said last. */
export async function lastMessageOf(context: Context, conversation: Conversation): Promise<Message | null> {
  const page = await messagesOf(context, conversation, { first: 1 });
  return page.edges[0]?.node ?? null;
}

/** The conversation above, or null at the top. */
export async function parentOf(context: Context, { parentId }: Conversation): Promise<Conversation | null> {
  requirePermission(context.caller, "read");
  return parentId ? conversations(context).load(parentId) : null;
}

export const maxAncestors = 9;

/** The path from the top-level conversation down to the parent: at most 9, empty at the top. */
export async function ancestorsOf(context: Context, conversation: Conversation): Promise<Conversation[]> {
  requirePermission(context.caller, "read");
  return conversation.parentId ? ancestors(context).load(conversation.id) : [];
}

/** How many conversations stand above: 0 at the top, at most 9. */
export async function depthOf(context: Context, conversation: Conversation): Promise<number> {
  return conversation.parentId ? (await ancestors(context).load(conversation.id)).length : 0;
}

const ancestors = perRequest(({ db, caller }) => {
  return new DataLoader<string, Conversation[]>(async (ids) => {
    const rows = await db.$queryRaw<(Conversation & { startId: string; distance: number })[]>`
      WITH RECURSIVE up AS (
        SELECT id AS "startId", "parentId" AS next, 1 AS distance FROM "Conversation"
        WHERE "workspaceId" = ${caller.workspaceId}::uuid AND id = ANY (${ids}::uuid[])
        UNION ALL
        SELECT up."startId", c."parentId", up.distance + 1
        FROM up JOIN "Conversation" c ON c."workspaceId" = ${caller.workspaceId}::uuid AND c.id = up.next
      )
      SELECT c.*, up."startId", up.distance
      FROM up JOIN "Conversation" c ON c."workspaceId" = ${caller.workspaceId}::uuid AND c.id = up.next
      ORDER BY up.distance DESC`;
    return groupByOwner(ids, rows, (row) => row.startId);
  });
});

/** The channels it runs over, in the order of their creation: at most 100. */
export function channelsOf(context: Context, conversation: Conversation): Promise<Channel[]> {
  return linkedChannels(context).load(conversation.id);
}

const linkedChannels = perRequest(({ db, caller }) => {
  return new DataLoader<string, Channel[]>(async (ids) => {
    const rows = await db.$queryRaw<(Channel & { conversationId: string })[]>`
      SELECT ch.*, l."conversationId" FROM "ConversationChannel" l
      JOIN "Channel" ch ON ch."workspaceId" = l."workspaceId" AND ch.id = l."channelId"
      WHERE l."workspaceId" = ${caller.workspaceId}::uuid AND l."conversationId" = ANY (${ids}::uuid[])
      ORDER BY ch.id`;
    return groupByOwner(ids, rows, (row) => row.conversationId);
  });
});

/** Whether the caller may delete it: the permission, and the ownership of its lifecycle. */
export function canDelete({ caller }: Context, conversation: Conversation): boolean {
  return caller.permissions.has("delete") && conversation.ownerIntegrationId === caller.integrationId;
}
