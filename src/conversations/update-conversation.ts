import type { z } from "zod";
import { type Conversation, Prisma } from "../../prisma/generated/client/client.ts";
import { type Caller, requirePermission } from "../caller.ts";
import type { Context } from "../context.ts";
import { sqlStateOf } from "../database/sql-state.ts";
import { DomainError } from "../errors.ts";
import { updateConversationRules } from "../rules/input.ts";
import { notFound } from "../rules/not-found.ts";
import { parse } from "../rules/parse.ts";
import { searchNameOf } from "../rules/text.ts";
import { type Columns, type Output, wholeRecord } from "../writing/output.ts";
import { type Tx, write, writeInTransaction } from "../writing/write.ts";
import { getConversation } from "./stored-conversation.ts";

type Changes = z.output<typeof updateConversationRules>;

const { sql } = Prisma;

/**
 * Sets the name, merges the metadata (RFC 7396) and moves the conversation, each if given: `name: null` clears, `metadata: null`
 * empties, `parentId: null` makes it top-level. `updatedAt` moves only when something changes.
 */
export async function updateConversation<R = Conversation>(
  context: Context,
  input: unknown,
  output: Output<R> = wholeRecord(),
): Promise<{ conversation: R | Conversation }> {
  const { caller } = context;
  requirePermission(caller, "engage");
  const changes = parse(updateConversationRules, input, "input");
  const conversation =
    changes.parentId === undefined
      ? await write(context, (db) => update(db, caller, { changes, columns: output.written }))
      : await writeInTransaction(context, (tx) => move(tx, caller, changes));
  return { conversation };
}

async function move(tx: Tx, caller: Caller, changes: Changes): Promise<Conversation> {
  await tx.$executeRaw`SELECT lock_conversation_subtree(${caller.workspaceId}::uuid, ${changes.id}::uuid)`;
  if (changes.parentId) await getConversation(tx, caller, { id: changes.parentId, field: "input.parentId" });
  try {
    return await update(tx, caller, { changes, columns: wholeRecord<Conversation>().written });
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
  { workspaceId }: Caller,
  { changes, columns }: { changes: Changes; columns: Columns<R> },
): Promise<R> {
  const [conversation] = await columns.send(
    db,
    sql`WITH record AS (
      UPDATE "Conversation" AS c SET ${Prisma.join(assignmentsOf(changes))}
      WHERE "workspaceId" = ${workspaceId}::uuid AND id = ${changes.id}::uuid
      RETURNING *
    ) SELECT ${columns.sql} FROM record`,
  );
  if (!conversation) throw notFound("CONVERSATION", "input.id");
  return conversation;
}

/** At least one. `updatedAt` is the database's. */
function assignmentsOf({ name, metadata, parentId }: Changes): Prisma.Sql[] {
  const assignments: Prisma.Sql[] = [];
  if (name !== undefined) assignments.push(sql`name = ${name}`, sql`"searchName" = ${searchNameOf(name)}`);
  if (metadata === null) assignments.push(sql`metadata = '{}'`);
  else if (metadata) assignments.push(sql`metadata = jsonb_merge_patch(metadata, ${JSON.stringify(metadata)}::jsonb)`);
  if (parentId !== undefined)
    assignments.push(sql`"parentId" = ${parentId}::uuid`, sql`"memberSet" = ${memberSetAt(parentId)}`);
  return assignments;
}

// A conversation that becomes top-level is found by its members only if no other already is.
function memberSetAt(parentId: string | null): Prisma.Sql {
  if (parentId) return sql`"memberSet"`;
  return sql`CASE
    WHEN EXISTS (
      SELECT FROM "Conversation" o
      WHERE o."workspaceId" = c."workspaceId" AND o."memberSet" = c."memberSet" AND o."parentId" IS NULL AND o.id <> c.id
    ) THEN NULL
    ELSE "memberSet"
  END`;
}
