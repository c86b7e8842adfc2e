import DataLoader from "dataloader";
import { type Participant, Prisma } from "../../prisma/generated/client/client.ts";
import { perRequest } from "../context.ts";
import { parameter } from "./parameter.ts";
import type { Reader } from "./reader.ts";
import { actor, required } from "./to-one.ts";

const { sql, raw } = Prisma;

export const takesPart = required(actor("memberId", "customerId"));

/** Of what follows the last message read, so many are looked at: as many may be more. */
export const maxUnread = 100;

/** SQL of the messages that the participant of an alias has not read: 100 when there are so many after, whoever sent them. */
function unreadSql(participant: Prisma.Sql, workspaceId: string): Prisma.Sql {
  const unread = (condition: Prisma.Sql) => sql`(
    SELECT CASE WHEN count(*) = ${raw(String(maxUnread))} THEN count(*) ELSE count(*) FILTER (
      WHERE "deletedAt" IS NULL
        AND ("authorMemberId", "authorCustomerId") IS DISTINCT FROM (${participant}."memberId", ${participant}."customerId")
    ) END
    FROM (
      SELECT "deletedAt", "authorMemberId", "authorCustomerId" FROM "Message" r
      WHERE r."workspaceId" = ${parameter(workspaceId, "uuid")} AND r."conversationId" = ${participant}."conversationId"
        AND r.number > ${participant}."lastReadNumber" ${condition}
      ORDER BY r.number LIMIT ${raw(String(maxUnread))}
    ) AS later)`;
  return sql`CASE WHEN ${participant}."customerId" IS NULL THEN ${unread(Prisma.empty)}
    ELSE ${unread(sql`AND r.visibility = 'PUBLIC'`)} END`;
}

const loader = perRequest(
  ({ db, caller: { workspaceId } }) =>
    new DataLoader<string, number>(async (ids) => {
      const rows = await db.$queryRaw<{ id: string; unread: bigint }[]>`
        SELECT p.id, ${unreadSql(raw("p"), workspaceId)} AS unread FROM "Participant" p
        WHERE p."workspaceId" = ${workspaceId}::uuid AND p.id = ANY (${ids}::uuid[])`;
      const byId = new Map(rows.map(({ id, unread }) => [id, Number(unread)]));
      return ids.map((id) => byId.get(id) ?? 0);
    }),
);

/** How many messages of others came after the last one read: PUBLIC ones for customers, redacted ones for nobody. */
export const unreadCount: Reader<Participant, unknown, number> = {
  resolve: ({ id }, _args, context) => loader(context).load(id),
  sql: ({ row, context }) => sql`(${unreadSql(row.alias, context.caller.workspaceId)})::text`,
};
