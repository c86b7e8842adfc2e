import { Prisma } from "../../prisma/generated/client/client.ts";
import type { Context } from "../context.ts";
import { type FoundOrNew, insertCustomerSql } from "../customers/get-or-create-customer.ts";
import { isDistributed } from "../database/is-distributed.ts";
import { conversationColumns } from "../reading/conversation-columns.ts";
import type { ConversationAttributes } from "../rules/conversation-input.ts";
import { searchNameOf } from "../rules/text.ts";
import type { Columns } from "../writing/output.ts";
import { toldCaller } from "../writing/write.ts";
import { memberSetOf, membersOf } from "./members.ts";

type Sql = Prisma.Sql;

const { sql, join } = Prisma;

interface NewConversation {
  wanted: ConversationAttributes;
  /** The customer whom the conversation is with. */
  customer?: FoundOrNew | undefined;
  /** Absent: the conversation becomes top-level. Then there must be no other one of the same customer or the same members. */
  below?: { parentId: string; idempotencyKey?: string | undefined; inputHash?: string | undefined };
}

/**
 * Inserts a conversation with its participants and channels in one statement, if every record that the input names exists and no such
 * conversation does. Otherwise, and always on Citus, it returns undefined and writes nothing.
 */
export async function insertConversation<R>(
  { db, caller }: Context,
  { conversation, columns }: { conversation: NewConversation; columns: Columns<R> },
): Promise<R | undefined> {
  if (isDistributed(db)) return undefined;
  const { wanted, customer, below } = conversation;
  const workspace = sql`${caller.workspaceId}::uuid`;
  const members = membersOf(caller, wanted.memberIds);
  const memberSet = !customer && wanted.type === "DIRECT" ? memberSetOf(members) : null;
  const isNew = customer && "given" in customer;
  const customerId = isNew ? sql`(SELECT id FROM customer)` : sql`${customer?.id ?? null}::uuid`;
  const conditions = conditionsOf(workspace, { ...conversation, memberSet });
  // The statement does not see what triggers do after it: it counts the participants itself.
  const [inserted] = await columns.send(
    db,
    sql`WITH place AS (SELECT 1 FROM ${toldCaller(db, caller)} WHERE ${conditions.length > 0 ? join(conditions, " AND ") : sql`true`}),
    ${isNew ? sql`customer AS (${insertCustomerSql(caller, customer.given, sql`FROM place`)} RETURNING id),` : Prisma.empty}
    created AS (
      INSERT INTO "Conversation"
        ("workspaceId", "ownerIntegrationId", type, name, "searchName", metadata, "parentId", "customerId", "memberSet")
      SELECT ${workspace}, ${caller.integrationId}::uuid, ${wanted.type}::"ConversationType", ${wanted.name ?? null},
        ${searchNameOf(wanted.name) ?? null}, ${JSON.stringify(wanted.metadata ?? {})}::jsonb, ${below?.parentId ?? null}::uuid,
        ${customerId}, ${memberSet}
      FROM place
      RETURNING *
    ), joined AS (
      INSERT INTO "Participant" ("workspaceId", "conversationId", "memberId", "customerId")
      SELECT ${workspace}, created.id, actor.member, CASE WHEN actor.member IS NULL THEN created."customerId" END
      FROM created, unnest(${customer ? [...members, null] : members}::uuid[]) WITH ORDINALITY AS actor (member, place)
      ORDER BY actor.place
      RETURNING 1
    )${linkedSql(workspace, conversation)}${rememberedSql(workspace, conversation)}
    SELECT ${columns.sql} FROM (
      SELECT ${conversationColumns({ participantsCount: sql`(SELECT count(*)::integer FROM joined)` })} FROM created
    ) AS record`,
  );
  return inserted;
}

/** The conditions of the insert: records that have to be there, and conversations that must not. */
function conditionsOf(
  workspace: Sql,
  { wanted, customer, below, memberSet }: NewConversation & { memberSet: string | null },
) {
  const { memberIds = [], channelIds = [], channelIdentifier } = wanted;
  const conditions: Sql[] = [];
  const all = (table: Sql, ids: string[]) =>
    conditions.push(sql`(SELECT count(*) FROM ${table}
      WHERE "workspaceId" = ${workspace} AND id = ANY(${ids}::uuid[])) = ${new Set(ids).size}::bigint`);
  if (memberIds.length > 0) all(sql`"Member"`, memberIds);
  if (channelIds.length > 0) all(sql`"Channel"`, channelIds);
  if (channelIdentifier) {
    conditions.push(sql`EXISTS (SELECT FROM "Channel"
      WHERE "workspaceId" = ${workspace} AND kind = 'WEBSITE' AND identifier = ${channelIdentifier})`);
  }
  if (below) {
    const { parentId, idempotencyKey } = below;
    conditions.push(
      sql`EXISTS (SELECT FROM "Conversation" WHERE "workspaceId" = ${workspace} AND id = ${parentId}::uuid)`,
    );
    if (idempotencyKey) {
      conditions.push(sql`NOT EXISTS (SELECT FROM "IdempotencyKey"
        WHERE "workspaceId" = ${workspace} AND "parentId" = ${parentId}::uuid AND key = ${idempotencyKey})`);
    }
    return conditions;
  }
  const noOther = (has: Sql) =>
    conditions.push(sql`NOT EXISTS (SELECT FROM "Conversation"
      WHERE "workspaceId" = ${workspace} AND "parentId" IS NULL AND ${has})`);
  if (customer && "id" in customer) noOther(sql`"customerId" = ${customer.id}::uuid`);
  if (memberSet) noOther(sql`"memberSet" = ${memberSet}`);
  return conditions;
}

/** The channels of the conversation: those that the input names, or else those of the parent. */
function linkedSql(workspace: Sql, { wanted: { channelIds, channelIdentifier }, below }: NewConversation): Sql {
  const insert = (rows: Sql) =>
    sql`, linked AS (INSERT INTO "ConversationChannel" ("workspaceId", "conversationId", "channelId") ${rows})`;
  if (channelIds || channelIdentifier) {
    const named = sql`id = ANY(${channelIds ?? []}::uuid[])`;
    const website = sql`(kind = 'WEBSITE' AND identifier = ${channelIdentifier})`;
    return insert(sql`SELECT ${workspace}, created.id, channel.id FROM created, "Channel" AS channel
      WHERE channel."workspaceId" = ${workspace} AND (${channelIdentifier ? sql`channel.${named} OR ${website}` : sql`channel.${named}`})`);
  }
  if (!below) return Prisma.empty;
  return insert(sql`SELECT ${workspace}, created.id, link."channelId" FROM created, "ConversationChannel" AS link
    WHERE link."workspaceId" = ${workspace} AND link."conversationId" = ${below.parentId}::uuid`);
}

function rememberedSql(workspace: Sql, { below }: NewConversation): Sql {
  if (!below?.idempotencyKey) return Prisma.empty;
  const { parentId, idempotencyKey, inputHash } = below;
  return sql`, remembered AS (
    INSERT INTO "IdempotencyKey" ("workspaceId", "parentId", key, "inputHash", "conversationId")
    SELECT ${workspace}, ${parentId}::uuid, ${idempotencyKey}, ${inputHash}, created.id FROM created
  )`;
}
