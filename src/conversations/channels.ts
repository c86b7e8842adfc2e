import type { Caller } from "../caller.ts";
import { notFound } from "../rules/not-found.ts";
import { badInput } from "../rules/parse.ts";
import type { Tx } from "../writing/write.ts";

const maxChannels = 100;

interface ChannelInput {
  channelIds?: string[] | undefined;
  /** Already normalised by `hostnameOf`. */
  channelIdentifier?: string | undefined;
}

/** The ids of the channels that both inputs name. An unknown hostname becomes a WEBSITE channel; an unknown id is NOT_FOUND. */
export async function getChannelIds(tx: Tx, caller: Caller, input: ChannelInput): Promise<string[]> {
  const ids = new Set(input.channelIds);
  if (ids.size > 0) {
    const found = await tx.channel.findMany({
      where: { workspaceId: caller.workspaceId, id: { in: [...ids] } },
      select: { id: true },
    });
    const known = new Set(found.map((channel) => channel.id));
    const missing = input.channelIds?.findIndex((id) => !known.has(id)) ?? -1;
    if (missing >= 0) throw notFound("CHANNEL", `input.channelIds.${missing}`);
  }
  if (input.channelIdentifier) ids.add(await getOrCreateWebsite(tx, caller, input.channelIdentifier));
  return [...ids];
}

async function getOrCreateWebsite(tx: Tx, { workspaceId }: Caller, identifier: string): Promise<string> {
  const where = { workspaceId, kind: "WEBSITE", identifier } as const;
  await tx.channel.createMany({ data: [where], skipDuplicates: true });
  const channel = await tx.channel.findFirstOrThrow({ where, select: { id: true } });
  return channel.id;
}

/** Adds the channels that are not there yet. The conversation has to be locked or new, so that the number of its channels is right. */
export async function addChannels(
  tx: Tx,
  { workspaceId }: Caller,
  { conversationId, channelIds }: { conversationId: string; channelIds: string[] },
): Promise<void> {
  if (channelIds.length === 0) return;
  const data = channelIds.map((channelId) => ({ workspaceId, conversationId, channelId }));
  await tx.conversationChannel.createMany({ data, skipDuplicates: true });
  const count = await tx.conversationChannel.count({ where: { workspaceId, conversationId } });
  if (count > maxChannels) {
    throw badInput("input.channelIds", "TOO_LONG", `a conversation has at most ${maxChannels} channels`);
  }
}

/** Gives a sub-conversation the channels of its parent. */
export async function inheritChannels(
  tx: Tx,
  { workspaceId }: Caller,
  { conversationId, parentId }: { conversationId: string; parentId: string },
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO "ConversationChannel" ("workspaceId", "conversationId", "channelId")
    SELECT "workspaceId", ${conversationId}::uuid, "channelId" FROM "ConversationChannel"
    WHERE "workspaceId" = ${workspaceId}::uuid AND "conversationId" = ${parentId}::uuid`;
}
