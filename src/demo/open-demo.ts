import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Prisma } from "../../prisma/generated/client/client.ts";
import type { Database } from "../database/open.ts";
import { hasExpired, hashKey } from "../keys/key-format.ts";
import { createKey } from "../keys/manage-keys.ts";
import { searchNameOf } from "../rules/text.ts";
import { type DemoConversation, type DemoCustomer, demoCustomers } from "./demo-content.ts";

const workspace = "demo";
const integration = "Demo integration";
const agent = "Demo Agent";

/** The gateway makes the demo workspace before it answers anybody, so it may take long on a slow machine. */
const seedingTimeoutMs = 10 * 60_000;

interface Scope {
  workspaceId: string;
  ownerIntegrationId: string;
  agentId: string;
  colleagueId: string;
  channelId: string;
  customerId: string;
}

/** Makes the demo workspace unless there is one. Returns a valid key for it, and always the same one while it is valid. */
export async function openDemo(db: Database, dataDir: string): Promise<string> {
  if (!(await db.workspace.findUnique({ where: { slug: workspace } }))) await seed(db);
  const file = join(dataDir, "demo-key");
  const kept = (
    await readFile(file, { encoding: "utf8", flag: constants.O_RDONLY | constants.O_NOFOLLOW }).catch(() => "")
  ).trim();
  if (await works(db, kept)) return kept;
  const { key } = await createKey(db, { workspace, integration, permissions: ["fullAccess"] });
  await replaceFile(file, `${key}\n`);
  return key;
}

/** Writes another file and renames it. So the old file is replaced as a whole, and a link in its place is not followed. */
async function replaceFile(file: string, content: string): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  await writeFile(aside, content, { mode: 0o600, flag: "wx" });
  await rename(aside, file);
}

async function works(db: Database, key: string): Promise<boolean> {
  const row = await db.apiKey.findUnique({ where: { hash: hashKey(key) } });
  return row !== null && row.revokedAt === null && !hasExpired(row.expiresAt);
}

async function seed(db: Database): Promise<void> {
  await db.$transaction((tx) => seedWorkspace(tx), { timeout: seedingTimeoutMs });
}

async function seedWorkspace(tx: Prisma.TransactionClient): Promise<void> {
  const { id: workspaceId } = await tx.workspace.create({ data: { slug: workspace, name: "Demo" } });
  const { id: agentId } = await tx.member.create({
    data: { workspaceId, name: agent, searchName: searchNameOf(agent) },
  });
  const colleague = "Sam Support";
  const { id: colleagueId } = await tx.member.create({
    data: { workspaceId, name: colleague, searchName: searchNameOf(colleague) },
  });
  const owner = await tx.integration.create({ data: { workspaceId, memberId: agentId, name: integration } });
  for (const customer of demoCustomers) {
    const scope = { workspaceId, ownerIntegrationId: owner.id, agentId, colleagueId };
    await seedCustomer(tx, scope, customer);
  }
}

async function seedCustomer(
  tx: Prisma.TransactionClient,
  scope: Omit<Scope, "channelId" | "customerId">,
  { channel: identifier, conversation, ...profile }: DemoCustomer,
): Promise<void> {
  const { workspaceId } = scope;
  const where = { workspaceId_kind_identifier: { workspaceId, kind: "WEBSITE", identifier } } as const;
  await tx.channel.createMany({ data: { workspaceId, kind: "WEBSITE", identifier }, skipDuplicates: true });
  const channel = await tx.channel.findUniqueOrThrow({ where });
  const customer = await tx.customer.create({
    data: { ...profile, searchName: searchNameOf(profile.name), workspaceId },
  });
  await seedConversation(tx, { ...scope, channelId: channel.id, customerId: customer.id }, conversation);
}

async function seedConversation(
  tx: Prisma.TransactionClient,
  scope: Scope,
  { messages, children = [], type = "DIRECT", ...attributes }: DemoConversation & { parentId?: string },
): Promise<void> {
  const { workspaceId, ownerIntegrationId, agentId, colleagueId, channelId, customerId } = scope;
  const searchName = searchNameOf(attributes.name);
  const data = { ...attributes, searchName, type, workspaceId, ownerIntegrationId, customerId };
  const { id: conversationId } = await tx.conversation.create({ data });
  const member = { agent: agentId, colleague: colleagueId };
  const speakers = new Set(messages.map(([who]) => who));
  const memberIds = [agentId, ...(speakers.has("colleague") ? [colleagueId] : [])];
  const actors = [...memberIds.map((memberId) => ({ memberId })), { customerId }];
  await tx.participant.createMany({ data: actors.map((actor) => ({ ...actor, workspaceId, conversationId })) });
  await tx.conversationChannel.create({ data: { workspaceId, conversationId, channelId } });
  const place = { workspaceId, conversationId, channelId, integrationId: ownerIntegrationId };
  for (const [who, text, visibility = "PUBLIC"] of messages) {
    const author = who === "customer" ? { authorCustomerId: customerId } : { authorMemberId: member[who] };
    await tx.message.create({ data: { ...place, ...author, text, visibility } });
  }
  for (const child of children) await seedConversation(tx, scope, { ...child, parentId: conversationId });
}
