import { type Caller, requirePermission } from "../caller.ts";
import type { Context } from "../context.ts";
import { DomainError } from "../errors.ts";
import { deleteConversationRules } from "../rules/input.ts";
import { parse } from "../rules/parse.ts";
import { Raced, type Tx, writeInTransaction } from "../writing/write.ts";
import { getConversation } from "./stored-conversation.ts";

/**
 * Deletes a conversation that the key's integration owns, with its participants, messages and channel links; with `cascade` the
 * whole subtree, every conversation owned, or nothing.
 */
export async function deleteConversation(
  context: Context,
  input: unknown,
): Promise<{ deletedId: string; deletedCount: number }> {
  const { caller } = context;
  requirePermission(caller, "delete");
  const { id, cascade } = parse(deleteConversationRules, input, "input");
  const deletedCount = await writeInTransaction(context, async (tx) => {
    const conversation = await getConversation(tx, caller, { id, field: "input.id" });
    if (conversation.ownerIntegrationId !== caller.integrationId) throw notOwned();
    if (!cascade && conversation.childrenCount > 0) {
      throw new DomainError("CONFLICT", "The conversation has sub-conversations; `cascade: true` deletes them too.", {
        reason: "HAS_CHILDREN",
        field: "input.cascade",
      });
    }
    const deleted = await deleteSubtree(tx, caller, id);
    if (deleted === 0 || (!cascade && deleted > 1)) throw new Raced("deleted, or given a sub-conversation, meanwhile");
    return deleted;
  });
  return { deletedId: id, deletedCount };
}

// A sub-conversation that arrives meanwhile breaks the foreign key, and the whole operation is repeated. Rows are locked from the lowest
// level up, as a message locks its conversation and then the top.
async function deleteSubtree(tx: Tx, caller: Caller, id: string): Promise<number> {
  const [result] = await tx.$queryRaw<[{ deleted: number; foreign: number }]>`
    WITH RECURSIVE subtree AS (
      SELECT id, "ownerIntegrationId" AS owner, 1 AS level FROM "Conversation"
      WHERE "workspaceId" = ${caller.workspaceId}::uuid AND id = ${id}::uuid
      UNION ALL
      SELECT c.id, c."ownerIntegrationId", level + 1 FROM subtree JOIN "Conversation" c
        ON c."workspaceId" = ${caller.workspaceId}::uuid AND c."parentId" = subtree.id
    ), not_owned AS (
      SELECT count(*)::integer AS n FROM subtree WHERE owner IS DISTINCT FROM ${caller.integrationId}::uuid
    ), locked AS (
      SELECT c.id FROM "Conversation" c JOIN subtree ON subtree.id = c.id
      WHERE c."workspaceId" = ${caller.workspaceId}::uuid AND (SELECT n FROM not_owned) = 0
      ORDER BY subtree.level DESC FOR UPDATE OF c
    ), deleted AS (
      DELETE FROM "Conversation" c USING locked
      WHERE c."workspaceId" = ${caller.workspaceId}::uuid AND c.id = locked.id
      RETURNING c.id
    )
    SELECT (SELECT count(*) FROM deleted)::integer AS deleted, n AS foreign FROM not_owned`;
  if (result.foreign > 0) throw notOwned();
  return result.deleted;
}

function notOwned(): DomainError {
  return new DomainError("FORBIDDEN", "Only the integration that owns a conversation's lifecycle may delete it.", {
    reason: "LIFECYCLE_NOT_OWNED",
    field: "input.id",
  });
}
