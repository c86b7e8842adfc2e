import { Prisma } from "../../prisma/generated/client/client.ts";
import type { Context } from "../context.ts";
import {
  type Candidate,
  candidateSql,
  type FoundCustomer,
  isCandidateSql,
  namesCustomer,
  recogniseCustomer,
} from "../customers/recognise-customer.ts";
import { parameter } from "../reading/parameter.ts";
import type { ConversationAttributes } from "../rules/conversation-input.ts";
import type { Columns } from "../writing/output.ts";
import { memberSetOf, membersOf } from "./members.ts";

type Sql = Prisma.Sql;

const { sql } = Prisma;

/** The records of a getOrCreateConversation that exist already. */
interface Existing<R> {
  /** The conversation, if it has every member and channel of the input. */
  readonly conversation?: R;
  /** The customer that the input means. Absent if it means a new customer, or only members. */
  readonly customer?: FoundCustomer | undefined;
  /** The customers that hold one of the keys. */
  readonly candidates: Candidate[];
}

/** Looks for the records that getOrCreateConversation needs, in one statement that changes nothing. Usually all of them exist. */
export async function findExisting<R>(
  context: Context,
  wanted: ConversationAttributes,
  columns: Columns<R>,
): Promise<Existing<R>> {
  if (namesCustomer(wanted)) return findOfCustomer(context, wanted, columns);
  if (wanted.type === "GROUP") return { candidates: [] };
  const memberSet = memberSetOf(membersOf(context.caller, wanted.memberIds));
  const has = sql`record."memberSet" = ${parameter(memberSet, "text")}`;
  const [conversation] = await columns.send(context.db, completeSql(context, wanted, { has, columns }));
  return { ...(conversation && { conversation }), candidates: [] };
}

async function findOfCustomer<R>(
  context: Context,
  wanted: ConversationAttributes,
  columns: Columns<R>,
): Promise<Existing<R>> {
  const has = sql`record."customerId" = cu.id`;
  const rows = await columns.send<{ candidate: string }>(
    context.db,
    sql`SELECT ${candidateSql(wanted)}::text AS candidate, complete.* FROM "Customer" cu
      LEFT JOIN LATERAL (${completeSql(context, wanted, { has, columns })}) AS complete ON true
      WHERE cu."workspaceId" = ${parameter(context.caller.workspaceId, "uuid")} AND ${isCandidateSql(wanted)}`,
  );
  const candidates = rows.map((row) => JSON.parse(row.candidate) as Candidate);
  const customer = recogniseCustomer(wanted, candidates);
  if (!customer) return { candidates };
  const { candidate: _, ...conversation } = rows[candidates.indexOf(customer.customer)] as (typeof rows)[number];
  // NULL where the join found none.
  const isThere = (conversation as { id?: string | null }).id !== null;
  return { ...(isThere && { conversation: conversation as R }), customer, candidates };
}

/** The top-level conversation for which `has` holds, if it has every member and channel of the input. */
function completeSql(
  { caller }: Context,
  wanted: ConversationAttributes,
  { has, columns }: { has: Sql; columns: Columns<unknown> },
): Sql {
  const { channelIds = [], channelIdentifier } = wanted;
  const workspace = parameter(caller.workspaceId, "uuid");
  const conditions = [has];
  // Each of these conditions is one look-up in an index. Their cost does not grow with the conversation.
  for (const id of membersOf(caller, wanted.memberIds)) {
    conditions.push(sql`EXISTS (SELECT FROM "Participant" p
      WHERE p."workspaceId" = ${workspace} AND p."conversationId" = record.id AND p."memberId" = ${parameter(id, "uuid")})`);
  }
  for (const id of channelIds) {
    conditions.push(sql`EXISTS (SELECT FROM "ConversationChannel" l
      WHERE l."workspaceId" = ${workspace} AND l."conversationId" = record.id AND l."channelId" = ${parameter(id, "uuid")})`);
  }
  if (channelIdentifier) {
    conditions.push(sql`EXISTS (SELECT FROM "Channel" ch
      JOIN "ConversationChannel" l ON l."workspaceId" = ${workspace} AND l."channelId" = ch.id
      WHERE ch."workspaceId" = ${workspace} AND ch.kind = 'WEBSITE'
        AND ch.identifier = ${parameter(channelIdentifier, "text")} AND l."conversationId" = record.id)`);
  }
  return sql`
    SELECT ${columns.sql} FROM "Conversation" record
    WHERE record."workspaceId" = ${workspace} AND record."parentId" IS NULL AND ${Prisma.join(conditions, " AND ")}`;
}
