import type { z } from "zod";
import { type Conversation, Prisma } from "../../prisma/generated/client/client.ts";
import { type Caller, requirePermission } from "../caller.ts";
import type { Context } from "../context.ts";
import { sqlStateOf } from "../database/sql-state.ts";
import { DomainError } from "../errors.ts";
import { updateConversationRules } from "../rules/conversation-input.ts";
import { notFound } from "../rules/not-found.ts";
import { parse } from "../rules/parse.ts";
import { searchNameOf } from "../rules/text.ts";
import { metadataAfter } from "../writing/metadata-after.ts";
import { type Columns, type Output, wholeRecord } from "../writing/output.ts";
import { staleRevision } from "../writing/stale-revision.ts";
import { atLog, type Tx, toldCaller, write, writeInTransaction } from "../writing/write.ts";
import { getConversation } from "./conversation-rows.ts";

type Changes = z.output<typeof updateConversationRules>;

const { sql } = Prisma;

/**
 * Sets the name, merges or replaces the metadata (RFC 7396) and moves the conversation, each if given: `name: null` clears,
 * `metadata: null` empties, `parentId: null` makes it top-level. `updatedAt` and `revision` move only when something changes.
 */
export async function updateConversation<R = Conversation>(
  context: Context,
  input: unknown,
  output: Output<R> = wholeRecord(),
): Promise<{ conversation: R | Conversation; previousParentId: string | null }> {
  const { caller } = context;
  requirePermission(caller, "engage");
  const changes = parse(updateConversationRules, input, "input");
  if (changes.parentId !== undefined) return writeInTransaction(context, (tx) => move(tx, caller, changes));
  const conversation = await write(context, (db) => update(db, caller, { changes, columns: output.written }));
  return { conversation, previousParentId: null };
}

/** Locks the conversations that a move of this one changes. */
export function lockedSubtree(workspaceId: string, id: string): Prisma.Sql {
  return atLog(workspaceId, sql`${workspaceId}::uuid`, (own) => sql`lock_conversation_subtree(${own}, ${id}::uuid)`);
}

async function move(tx: Tx, caller: Caller, changes: Changes) {
  const { id, parentId } = changes;
  await tx.$executeRaw(lockedSubtree(caller.workspaceId, id));
  if (parentId) await getConversation(tx, caller, { id: parentId, field: "input.parentId" });
  const before = await getConversation(tx, caller, { id, field: "input.id" });
  const previousParentId = before.parentId === parentId ? null : before.parentId;
  try {
    const columns = wholeRecord<Conversation>().written;
    return { conversation: await update(tx, caller, { changes, columns }), previousParentId };
  } catch (error) {
    if (!sqlStateOf(error)?.names("Conversation_customer_top_level_key")) throw error;
    throw new DomainError("CONFLICT", "The customer already has a top-level conversation.", {
      reason: "CUSTOMER_HAS_CONVERSATION",
      field: "input.parentId",
    });
  }
}

async function update<R>(
  db: Pick<Tx, "$queryRaw">,
  caller: Caller,
  { changes, columns }: { changes: Changes; columns: Columns<R> },
): Promise<R> {
  const { workspaceId } = caller;
  const { id, expectedRevision } = changes;
  const expected = expectedRevision === undefined ? Prisma.empty : sql`AND revision = ${expectedRevision}`;
  const [conversation] = await columns.send(
    db,
    sql`WITH record AS (
      UPDATE "Conversation" AS c SET ${Prisma.join(assignmentsOf(caller, changes))} FROM ${toldCaller(db, caller)}
      WHERE "workspaceId" = ${workspaceId}::uuid AND id = ${id}::uuid ${expected}
      RETURNING c.*
    ) SELECT ${columns.sql} FROM record`,
  );
  if (conversation) return conversation;
  if (expectedRevision === undefined) throw notFound("CONVERSATION", "input.id");
  const [found] = await db.$queryRaw<{ revision: number }[]>`
    SELECT revision FROM "Conversation" WHERE "workspaceId" = ${workspaceId}::uuid AND id = ${id}::uuid`;
  throw found ? staleRevision("conversation", found.revision) : notFound("CONVERSATION", "input.id");
}

/** At least one column changes. Triggers set `updatedAt` and `revision`. */
function assignmentsOf({ workspaceId }: Caller, { name, metadata, metadataMode, parentId }: Changes): Prisma.Sql[] {
  const assignments: Prisma.Sql[] = [];
  if (name !== undefined) assignments.push(sql`name = ${name}`, sql`"searchName" = ${searchNameOf(name)}`);
  if (metadata !== undefined) assignments.push(sql`metadata = ${metadataAfter(metadata, metadataMode)}`);
  if (parentId !== undefined)
    assignments.push(sql`"parentId" = ${parentId}::uuid`, sql`"memberSet" = ${memberSetAt(workspaceId, parentId)}`);
  return assignments;
}

// A conversation that becomes top-level keeps its set of members only if no other top-level conversation has the same set.
function memberSetAt(workspaceId: string, parentId: string | null): Prisma.Sql {
  if (parentId) return sql`"memberSet"`;
  return sql`CASE
    WHEN EXISTS (
      SELECT FROM "Conversation" o
      WHERE o."workspaceId" = ${workspaceId}::uuid AND o."memberSet" = c."memberSet" AND o."parentId" IS NULL AND o.id <> c.id
    ) THEN NULL
    ELSE "memberSet"
  END`;
}
