import { createHash } from "node:crypto";
import type { Caller } from "../caller.ts";
import { notFound } from "../rules/not-found.ts";
import type { Tx } from "../writing/write.ts";

/** The ids of the members who take part: the caller first, then those listed, each once. */
export function membersOf(caller: Caller, memberIds: string[] = []): string[] {
  return [...new Set([caller.memberId, ...memberIds])];
}

/** The sha-256 of the sorted member ids. A DIRECT conversation without a customer is found by it. */
export function memberSetOf(members: string[]): string {
  return createHash("sha256")
    .update([...members].sort().join())
    .digest("hex");
}

/** Throws NOT_FOUND for the first listed member that is not of the workspace. */
export async function requireMembers(tx: Tx, { workspaceId }: Caller, memberIds: string[] = []): Promise<void> {
  if (memberIds.length === 0) return;
  const found = await tx.member.findMany({ where: { workspaceId, id: { in: memberIds } }, select: { id: true } });
  const known = new Set(found.map((member) => member.id));
  const missing = memberIds.findIndex((id) => !known.has(id));
  if (missing >= 0) throw notFound("MEMBER", `input.memberIds.${missing}`);
}
