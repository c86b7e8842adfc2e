import { isIP } from "node:net";
import type { Caller } from "../caller.ts";
import { notFound } from "./not-found.ts";
import { badInput } from "./parse.ts";
import type { Tx } from "./write.ts";

const validHostname = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/;

export const maxChannels = 100;

/** As browsers take them, of the whole and of the name in it: international names cost more than they are long. */
const maxAddress = 2_048;
const maxHostname = 253;

// Scheme, host, port, and what follows. Parsing as a URL alone would repair what is no address, such as a host in two lines.
const website = /^(?:[a-z][a-z0-9+.-]*:\/\/)?([^\s\p{Cc}%\\/?#:@]+)(:\d+)?(?:[/?#].*)?$/iu;

/** The hostname in an address as people write it (`https://Shop.example.com:8080/cart` → `shop.example.com`), or undefined. */
export function hostnameOf(address: string): string | undefined {
  if (address.length > maxAddress) return undefined;
  const [, written, port = ""] = website.exec(address.trim()) ?? [];
  if (!written || written.length > maxHostname || !URL.canParse(`https://${written}${port}`)) return undefined;
  const host = new URL(`https://${written}`).hostname.replace(/\.$/, "");
  return validHostname.test(host) && isIP(host) === 0 ? host : undefined;
}

export interface ChannelInput {
  channelIds?: string[] | undefined;
  /** Already normalised by `hostnameOf`. */
  channelIdentifier?: string | undefined;
}

/** Ids of the channels named, union of both inputs; an unknown hostname becomes a WEBSITE channel, an unknown id is NOT_FOUND. */
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

/** Adds the channels that are not there yet. */
export async function addChannels(tx: Tx, { workspaceId }: Caller, conversationId: string, channelIds: string[]) {
  if (channelIds.length === 0) return;
  // Who adds at the same time waits, and counts these too.
  await tx.$executeRaw`
    SELECT FROM "Conversation" WHERE "workspaceId" = ${workspaceId}::uuid AND id = ${conversationId}::uuid FOR NO KEY UPDATE`;
  const data = channelIds.map((channelId) => ({ workspaceId, conversationId, channelId }));
  await tx.conversationChannel.createMany({ data, skipDuplicates: true });
  const count = await tx.conversationChannel.count({ where: { workspaceId, conversationId } });
  if (count > maxChannels) {
    throw badInput("input.channelIds", "TOO_LONG", `a conversation has at most ${maxChannels} channels`);
  }
}

/** Gives a sub-conversation the channels of its parent. */
export async function inheritChannels(tx: Tx, { workspaceId }: Caller, conversationId: string, parentId: string) {
  await tx.$executeRaw`
    INSERT INTO "ConversationChannel" ("workspaceId", "conversationId", "channelId")
    SELECT "workspaceId", ${conversationId}::uuid, "channelId" FROM "ConversationChannel"
    WHERE "workspaceId" = ${workspaceId}::uuid AND "conversationId" = ${parentId}::uuid`;
}
