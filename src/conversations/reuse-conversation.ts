import { type Conversation, Prisma } from "../../prisma/generated/client/client.ts";
import type { Context } from "../context.ts";
import {
  type Candidate,
  type CustomerMatch,
  candidateSql,
  isCandidateSql,
  recogniseCustomer,
} from "../customers/recognise-customer.ts";
import { parameter } from "../reading/parameter.ts";
import type { ConversationAttributes } from "../rules/input.ts";
import { memberSetOf, membersOf } from "./participants.ts";

type Sql = Prisma.Sql;

const { sql } = Prisma;

interface Reused {
  conversation: Conversation;
  outcome: "REUSED";
  matchedBy: CustomerMatch | "MEMBERS";
}

/**
 * The usual case of getOrCreateConversation, by one statement that changes nothing: the conversation that is asked for, if all that is
 * asked for is in it already.
 */
export async function reuseConversation(context: Context, wanted: ConversationAttributes): Promise<Reused | undefined> {
  if (namesCustomer(wanted)) return reuseOfCustomer(context, wanted);
  if (wanted.type === "GROUP") return undefined;
  const memberSet = memberSetOf(membersOf(context.caller, wanted.memberIds));
  const has = sql`c."memberSet" = ${parameter(memberSet, "text")}`;
  const [conversation] = await context.db.$queryRaw<Conversation[]>(completeSql(context, wanted, has));
  return conversation && { conversation, outcome: "REUSED", matchedBy: "MEMBERS" };
}

/** Whether a customer is asked for, and not only members. */
export function namesCustomer(wanted: ConversationAttributes): boolean {
  return wanted.customerId !== undefined || wanted.customer !== undefined;
}

async function reuseOfCustomer(context: Context, wanted: ConversationAttributes): Promise<Reused | undefined> {
  const rows = await context.db.$queryRaw<({ candidate: Candidate } & Conversation)[]>`
    SELECT ${candidateSql(wanted)} AS candidate, complete.* FROM "Customer" cu
    LEFT JOIN LATERAL (${completeSql(context, wanted, sql`c."customerId" = cu.id`)}) AS complete ON true
    WHERE cu."workspaceId" = ${parameter(context.caller.workspaceId, "uuid")} AND ${isCandidateSql(wanted)}`;
  const candidates = rows.map((row) => row.candidate);
  const found = recogniseCustomer(wanted, candidates);
  if (!found || found.changes) return undefined;
  const { candidate: _, ...conversation } = rows[candidates.indexOf(found.customer)] as (typeof rows)[number];
  // NULL where the join found none.
  return (conversation.id as string | null) === null
    ? undefined
    : { conversation, outcome: "REUSED", matchedBy: found.matchedBy };
}

/** The top-level conversation that has something, and all members and channels asked for. */
function completeSql({ caller }: Context, wanted: ConversationAttributes, has: Sql): Sql {
  const { channelIds = [], channelIdentifier } = wanted;
  const workspace = parameter(caller.workspaceId, "uuid");
  const conditions = [has];
  // A look into an index for each, however many others are in it.
  for (const id of membersOf(caller, wanted.memberIds)) {
    conditions.push(sql`EXISTS (SELECT FROM "Participant" p
      WHERE p."workspaceId" = ${workspace} AND p."conversationId" = c.id AND p."memberId" = ${parameter(id, "uuid")})`);
  }
  for (const id of channelIds) {
    conditions.push(sql`EXISTS (SELECT FROM "ConversationChannel" l
      WHERE l."workspaceId" = ${workspace} AND l."conversationId" = c.id AND l."channelId" = ${parameter(id, "uuid")})`);
  }
  if (channelIdentifier) {
    conditions.push(sql`EXISTS (SELECT FROM "Channel" ch
      JOIN "ConversationChannel" l ON l."workspaceId" = ${workspace} AND l."channelId" = ch.id
      WHERE ch."workspaceId" = ${workspace} AND ch.kind = 'WEBSITE'
        AND ch.identifier = ${parameter(channelIdentifier, "text")} AND l."conversationId" = c.id)`);
  }
  return sql`
    SELECT c.* FROM "Conversation" c
    WHERE c."workspaceId" = ${workspace} AND c."parentId" IS NULL AND ${Prisma.join(conditions, " AND ")}`;
}
