import { Prisma } from "../../prisma/generated/client/client.ts";
import { type Caller, requirePermission } from "../caller.ts";
import type { Context } from "../context.ts";
import { DomainError } from "../errors.ts";
import { encodeGlobalId } from "../global-id.ts";
import { deleteConversationRules } from "../rules/conversation-input.ts";
import { parse } from "../rules/parse.ts";
import { atLog, Raced, type Tx, writeInTransaction } from "../writing/write.ts";
import { getConversation } from "./conversation-rows.ts";

const { sql } = Prisma;

/** If more conversations than this are deleted, their ids are not returned. */
const maxDeletedIds = 1_000;
const maxBlocking = 10;

interface Deleted {
  deletedId: string;
  deletedCount: number;
  /** Null when there are more than 1,000. */
  deletedIds: string[] | null;
  parentId: string | null;
}

/**
 * Deletes a conversation with its participants, messages and channel links. The key's integration has to own it. With `cascade` it deletes
 * the whole subtree: the integration has to own every conversation in it, or nothing is deleted.
 */
export async function deleteConversation(context: Context, input: unknown): Promise<Deleted> {
  const { caller } = context;
  requirePermission(caller, "delete");
  const { id, cascade } = parse(deleteConversationRules, input, "input");
  return writeInTransaction(context, async (tx) => {
    // Without this lock, a sub-conversation that is moved away meanwhile would be deleted with the tree that it has left.
    if (cascade) await tx.$executeRaw(lockedTrees(caller));
    const conversation = await getConversation(tx, caller, { id, field: "input.id" });
    if (conversation.ownerIntegrationId !== caller.integrationId) throw notOwned([id]);
    if (!cascade && conversation.childrenCount > 0) {
      throw new DomainError("CONFLICT", "The conversation has sub-conversations; `cascade: true` deletes them too.", {
        reason: "HAS_CHILDREN",
        field: "input.cascade",
      });
    }
    const { deletedCount, deletedIds } = await deleteSubtree(tx, caller, id);
    if (deletedCount === 0 || (!cascade && deletedCount > 1))
      throw new Raced("deleted, or given a sub-conversation, meanwhile");
    return { deletedId: id, deletedCount, deletedIds, parentId: conversation.parentId };
  });
}

function lockedTrees({ workspaceId }: Caller): Prisma.Sql {
  return atLog(workspaceId, sql`${workspaceId}::uuid`, (own) => sql`lock_conversation_tree(${own})`);
}

// Without `cascade`, a sub-conversation may be created meanwhile. Then the delete breaks the foreign key, and the whole operation is
// repeated. Rows are locked from the lowest level up, in the order in which a new message locks its conversation and then the top.
async function deleteSubtree(tx: Tx, caller: Caller, id: string) {
  const [{ deleted, blocking }] = await tx.$queryRaw<[{ deleted: string[]; blocking: string[] }]>`
    WITH RECURSIVE subtree AS (
      SELECT id, "ownerIntegrationId" AS owner, 1 AS level FROM "Conversation"
      WHERE "workspaceId" = ${caller.workspaceId}::uuid AND id = ${id}::uuid
      UNION ALL
      SELECT c.id, c."ownerIntegrationId", level + 1 FROM subtree JOIN "Conversation" c
        ON c."workspaceId" = ${caller.workspaceId}::uuid AND c."parentId" = subtree.id
    ), not_owned AS (
      SELECT id, level FROM subtree WHERE owner IS DISTINCT FROM ${caller.integrationId}::uuid
    ), locked AS (
      SELECT c.id FROM "Conversation" c JOIN subtree ON subtree.id = c.id
      WHERE c."workspaceId" = ${caller.workspaceId}::uuid AND NOT EXISTS (SELECT FROM not_owned)
      ORDER BY subtree.level DESC, c.id FOR UPDATE OF c
    ), deleted AS (
      DELETE FROM "Conversation" c USING locked
      WHERE c."workspaceId" = ${caller.workspaceId}::uuid AND c.id = locked.id
      RETURNING c.id
    )
    SELECT ARRAY(SELECT id::text FROM deleted) AS deleted,
      ARRAY(SELECT id::text FROM not_owned ORDER BY level, id LIMIT ${maxBlocking}) AS blocking`;
  if (blocking.length > 0) throw notOwned(blocking);
  return { deletedCount: deleted.length, deletedIds: deleted.length > maxDeletedIds ? null : deleted };
}

function notOwned(blocking: string[]): DomainError {
  return new DomainError("FORBIDDEN", "Only the integration that owns a conversation's lifecycle may delete it.", {
    reason: "LIFECYCLE_NOT_OWNED",
    field: "input.id",
    blockedBy: blocking.map((id) => encodeGlobalId("Conversation", id)),
  });
}
