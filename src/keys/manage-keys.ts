import type { Prisma } from "../../prisma/generated/client/client.ts";
import type { Database } from "../database/open.ts";
import { decodeGlobalId, encodeGlobalId } from "../global-id.ts";
import { searchNameOf } from "../rules/text.ts";
import { hasExpired, hashKey, mintKey } from "./key-format.ts";

export interface NewKey {
  workspace: string;
  integration: string;
  /** The name of the member for whom the integration acts. Absent: the name of the integration. */
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

/** Makes a key, and its workspace, member and integration if they are absent. An integration keeps the member that it has. */
export async function createKey(db: Database, wanted: NewKey): Promise<{ key: string; info: KeyInfo }> {
  const { key, prefix, hash } = mintKey();
  return db.$transaction(async (tx) => {
    const integration = await findOrMakeIntegration(tx, wanted);
    const { permissions, expiresAt } = wanted;
    const { workspaceId, id: integrationId, name } = integration;
    const data = { workspaceId, integrationId, name, prefix, hash, permissions, expiresAt };
    return { key, info: toInfo(await tx.apiKey.create({ data, include: keyOwners })) };
  });
}

async function findOrMakeIntegration(tx: Prisma.TransactionClient, wanted: NewKey) {
  const { workspace: slug, integration: name, member: memberName = name } = wanted;
  await tx.workspace.createMany({ data: { slug, name: slug }, skipDuplicates: true });
  const { id: workspaceId } = await tx.workspace.findUniqueOrThrow({ where: { slug } });
  const where = { workspaceId_name: { workspaceId, name } };
  const existing = await tx.integration.findUnique({ where, include: { member: true } });
  if (!existing) {
    await tx.member.createMany({
      data: { workspaceId, name: memberName, searchName: searchNameOf(memberName) },
      skipDuplicates: true,
    });
    const member = await tx.member.findUniqueOrThrow({
      where: { workspaceId_name: { workspaceId, name: memberName } },
    });
    await tx.integration.createMany({ data: { workspaceId, memberId: member.id, name }, skipDuplicates: true });
  }
  const integration = existing ?? (await tx.integration.findUniqueOrThrow({ where, include: { member: true } }));
  if (wanted.member !== undefined && wanted.member !== integration.member.name) {
    throw new KeyError(`The integration "${name}" already acts for the member "${integration.member.name}".`);
  }
  return integration;
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

const keyOwners = { workspace: true, integration: { include: { member: true } } } as const;

function toInfo(row: Prisma.ApiKeyGetPayload<{ include: typeof keyOwners }>): KeyInfo {
  return {
    id: row.id,
    prefix: row.prefix,
    workspace: row.workspace.slug,
    workspaceId: encodeGlobalId("Workspace", row.workspaceId),
    integration: row.integration.name,
    member: row.integration.member.name,
    permissions: row.permissions,
    state: row.revokedAt ? "revoked" : hasExpired(row.expiresAt) ? "expired" : "active",
    createdAt: row.createdAt,
    expiresAt: row.expiresAt,
    revokedAt: row.revokedAt,
  };
}
