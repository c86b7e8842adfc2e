import type { Prisma } from "../../prisma/generated/client/client.ts";
import type { Database } from "../database/open.ts";
import { decodeGlobalId, encodeGlobalId } from "../global-id.ts";
import { searchNameOf } from "../rules/text.ts";
import { hasExpired, hashKey, mintKey } from "./key-format.ts";

export interface NewKey {
  workspace: string;
  integration: string;
  /** The member for whom the key acts. Absent: the integration's member. A new integration gets a member of its own name. */
  member?: string;
  /** As stored: full permission names, or fullAccess. */
  permissions: string[];
  expiresAt?: Date;
}

/** The facts of a key that people may see. The key itself cannot be shown again. */
export interface KeyInfo {
  id: string;
  prefix: string;
  /** The slug of the workspace. The log and GraphQL name it by `workspaceId`. */
  workspace: string;
  workspaceId: string;
  integration: string;
  member: string;
  permissions: string[];
  state: "active" | "expired" | "revoked";
  createdAt: Date;
  expiresAt: Date | null;
  revokedAt: Date | null;
}

/** Makes a key, and its workspace, member and integration if they are absent. Keys of one integration may act for different members. */
export async function createKey(db: Database, wanted: NewKey): Promise<{ key: string; info: KeyInfo }> {
  const { key, prefix, hash } = mintKey();
  return db.$transaction(async (tx) => {
    const { workspace: slug, integration: name, permissions, expiresAt } = wanted;
    await tx.workspace.createMany({ data: { slug, name: slug }, skipDuplicates: true });
    const workspace = await tx.workspace.findUniqueOrThrow({ where: { slug } });
    const workspaceId = workspace.id;
    const place = { tx, workspaceId };
    const existing = await tx.integration.findUnique({ where: { workspaceId_name: { workspaceId, name } } });
    const member =
      existing && wanted.member === undefined
        ? await tx.member.findUniqueOrThrow({ where: { workspaceId_id: { workspaceId, id: existing.memberId } } })
        : await getOrMakeMember(place, wanted.member ?? name);
    const integration = existing ?? (await getOrMakeIntegration(place, name, member.id));
    const owners = { workspaceId, integrationId: integration.id, memberId: member.id };
    const row = await tx.apiKey.create({ data: { ...owners, name, prefix, hash, permissions, expiresAt } });
    return { key, info: toInfo({ ...row, workspace, integration, member }) };
  });
}

interface Place {
  tx: Prisma.TransactionClient;
  workspaceId: string;
}

async function getOrMakeMember({ tx, workspaceId }: Place, name: string) {
  const data = { workspaceId, name, searchName: searchNameOf(name) };
  await tx.member.createMany({ data, skipDuplicates: true });
  return tx.member.findUniqueOrThrow({ where: { workspaceId_name: { workspaceId, name } } });
}

async function getOrMakeIntegration({ tx, workspaceId }: Place, name: string, memberId: string) {
  await tx.integration.createMany({ data: { workspaceId, memberId, name }, skipDuplicates: true });
  return tx.integration.findUniqueOrThrow({ where: { workspaceId_name: { workspaceId, name } } });
}

/** The keys of one workspace, given by its slug or id, or of all workspaces, newest first. */
export async function listKeys(db: Database, workspace?: string): Promise<KeyInfo[]> {
  const rows = await db.apiKey.findMany({
    where: whereWorkspace(workspace),
    orderBy: { id: "desc" },
    include: keyOwners,
  });
  return rows.map(toInfo);
}

function whereWorkspace(workspace: string | undefined): Prisma.ApiKeyWhereInput {
  const decoded = decodeGlobalId(workspace ?? "");
  return decoded?.type === "Workspace" ? { workspaceId: decoded.id } : { workspace: { slug: workspace } };
}

/** Revokes the key with this id or prefix, as it is or as `list` prints it, or this key itself. Revoking twice changes nothing. */
export async function revokeKey(db: Database, given: string, workspace?: string): Promise<KeyInfo> {
  const which = given.replace(/(…|\.\.\.)$/, "");
  const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(which);
  const rows = await db.apiKey.findMany({
    where: {
      ...whereWorkspace(workspace),
      OR: [{ prefix: which }, { hash: hashKey(which) }, ...(isId ? [{ id: which }] : [])],
    },
  });
  const [row, another] = rows;
  if (!row) throw new KeyError("No such key. `list` shows ids and prefixes.");
  if (another) throw new KeyError(`Several keys begin like that: ${rows.map(({ id }) => id).join(", ")}. Give the id.`);
  await db.apiKey.updateMany({ where: { id: row.id, revokedAt: null }, data: { revokedAt: new Date() } });
  return toInfo(await db.apiKey.findUniqueOrThrow({ where: { id: row.id }, include: keyOwners }));
}

/** Is thrown if a command about keys cannot be done. The message is for the person who gave the command. */
export class KeyError extends Error {
  override readonly name = "KeyError";
}

const keyOwners = { workspace: true, integration: true, member: true } as const;

function toInfo(row: Prisma.ApiKeyGetPayload<{ include: typeof keyOwners }>): KeyInfo {
  return {
    id: row.id,
    prefix: row.prefix,
    workspace: row.workspace.slug,
    workspaceId: encodeGlobalId("Workspace", row.workspaceId),
    integration: row.integration.name,
    member: row.member.name,
    permissions: row.permissions,
    state: row.revokedAt ? "revoked" : hasExpired(row.expiresAt) ? "expired" : "active",
    createdAt: row.createdAt,
    expiresAt: row.expiresAt,
    revokedAt: row.revokedAt,
  };
}
