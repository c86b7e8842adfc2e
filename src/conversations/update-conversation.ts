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
import { type Tx, write, writeInTransaction } from "../writing/write.ts";
import { getConversation } from "./stored-conversation.ts";

type Changes = z.output<typeof updateConversationRules>;

const { sql } = Prisma;

/**
 * Sets the name, merges the metadata (RFC 7396) and moves the conversation, each if given: `name: null` clears, `metadata: null`
 * empties, `parentId: null` makes it top-level. `updatedAt` moves only when something changes.
 */
export async function updateConversation(context: Context, input: unknown): Promise<{ conversation: Conversation }> {
  const { caller } = context;
  requirePermission(caller, "engage");
  const changes = parse(updateConversationRules, input, "input");
  const conversation =
    changes.parentId === undefined
      ? await write(context, (db) => update(db, caller, changes))
      : await writeInTransaction(context, (tx) => move(tx, caller, changes));
  return { conversation };
}

async function move(tx: Tx, caller: Caller, changes: Changes): Promise<Conversation> {
  await tx.$executeRaw`SELECT lock_conversation_tree(${caller.workspaceId}::uuid)`;
  if (changes.parentId) await getConversation(tx, caller, changes.parentId, "input.parentId");
  try {
    return await update(tx, caller, changes);
  } catch (error) {
    if (!sqlStateOf(error)?.names("Conversation_customer_top_level_key")) throw error;
    throw new DomainError("CONFLICT", "The customer already has a top-level conversation.", {
      reason: "CUSTOMER_HAS_CONVERSATION",
      field: "input.parentId",
    });
  }
}

async function update(tx: Pick<Tx, "$queryRaw">, { workspaceId }: Caller, changes: Changes): Promise<Conversation> {
  const name = changes.name === undefined ? sql`name` : sql`${changes.name}::text`;
  const metadata = newMetadata(changes.metadata);
  const parentId = changes.parentId === undefined ? sql`"parentId"` : sql`${changes.parentId}::uuid`;
  const [conversation] = await tx.$queryRaw<Conversation[]>`
    UPDATE "Conversation" AS c SET
      name = ${name},
      ${changes.name === undefined ? Prisma.empty : sql`"searchName" = ${searchNameOf(changes.name)},`}
      metadata = ${metadata},
      ${changes.parentId === undefined ? Prisma.empty : sql`"parentId" = ${parentId}, "memberSet" = ${memberSetAt(parentId)},`}
      "updatedAt" = CASE
        WHEN (name, metadata, "parentId") IS DISTINCT FROM (${name}, ${metadata}, ${parentId}) THEN now()
        ELSE "updatedAt"
      END
    WHERE "workspaceId" = ${workspaceId}::uuid AND id = ${changes.id}::uuid
    RETURNING *`;
  if (!conversation) throw notFound("CONVERSATION", "input.id");
  return conversation;
}

function newMetadata(patch: Changes["metadata"]): Prisma.Sql {
  if (patch === undefined) return sql`metadata`;
  return patch === null ? sql`'{}'::jsonb` : sql`jsonb_merge_patch(metadata, ${JSON.stringify(patch)}::jsonb)`;
}

// A conversation that becomes top-level is found by its members only if no other already is.
function memberSetAt(parentId: Prisma.Sql): Prisma.Sql {
  return sql`CASE
    WHEN ${parentId} IS NULL AND EXISTS (
      SELECT FROM "Conversation" o
      WHERE o."workspaceId" = c."workspaceId" AND o."memberSet" = c."memberSet" AND o."parentId" IS NULL AND o.id <> c.id
    ) THEN NULL
    ELSE "memberSet"
  END`;
}
