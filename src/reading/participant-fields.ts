import DataLoader from "dataloader";
import { type Participant, Prisma } from "../../prisma/generated/client/client.ts";
import { perRequest } from "../context.ts";
import { parameter } from "./parameter.ts";
import type { Reader } from "./reader.ts";
import { required, toActor } from "./to-one.ts";

const { sql, raw } = Prisma;

export const actor = required(toActor("memberId", "customerId"));

/** How many messages after the last one read are looked at. If all of them are unread, there may be more. */
export const maxUnread = 100;

/** SQL for the number of messages that a participant has not read. It is 100 if 100 messages of any author follow the last one read. */
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

/** The number of messages of others after the last one read. Redacted messages do not count; for a customer only PUBLIC ones do. */
export const unreadCount: Reader<Participant, unknown, number> = {
  resolve: ({ id }, _args, context) => loader(context).load(id),
  sql: ({ row, context }) => sql`(${unreadSql(row.alias, context.caller.workspaceId)})::text`,
};
