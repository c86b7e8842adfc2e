import type { z } from "zod";
import { type Conversation, Prisma } from "../../prisma/generated/client/client.ts";
import type { Context } from "../context.ts";
import { isSearch, listConversationsRules } from "../rules/filters.ts";
import { parse } from "../rules/parse.ts";
import { customersByExternalId } from "./loaders.ts";
import { orderByTime } from "./order.ts";
import type { PageArgs } from "./page.ts";
import { conditions, nameContains, workspaceList } from "./workspace-list.ts";

type Filter = z.output<typeof listConversationsRules>["filter"];

const { sql } = Prisma;

const orders = {
  CREATED_AT: (descending: boolean) => orderByTime<Conversation, "createdAt">("conversations", "createdAt", descending),
  LAST_ACTIVITY_AT: (descending: boolean) =>
    orderByTime<Conversation, "lastActivityAt">("conversations", "lastActivityAt", descending),
};

/** The workspace's conversations, top-level unless a parent is given: newest first unless ordered otherwise. */
export const listConversations = workspaceList(
  "Conversation",
  async ({ filter, orderBy }: PageArgs & { filter?: unknown; orderBy?: unknown }, context) => {
    const wanted = parse(listConversationsRules, { filter: filter ?? {}, orderBy }, "");
    const order = orders[wanted.orderBy.field](wanted.orderBy.direction === "DESC");
    const found = conditionsOf(await withIds(context, wanted.filter));
    return { order, isSearch: isSearch(wanted.filter), ...found };
  },
);

/** The records that the filter names otherwise than by id. How many rows a name leads to, the planner could only guess. */
async function withIds(context: Context, { customerExternalId, channelIdentifier: identifier, ...filter }: Filter) {
  const { db, caller } = context;
  const website = { workspaceId: caller.workspaceId, kind: "WEBSITE", identifier } as const;
  return {
    ...filter,
    ...(customerExternalId && { customer: { found: await customersByExternalId(context).load(customerExternalId) } }),
    ...(identifier && { channel: { found: await db.channel.findFirst({ where: website }) } }),
  };
}

function conditionsOf({ parentId, ...filter }: Awaited<ReturnType<typeof withIds>>) {
  const withCustomer = (id: string) => sql`r."customerId" = ${id}::uuid`;
  const overChannel = (id: string) => sql`EXISTS (SELECT FROM "ConversationChannel" l
    WHERE l."workspaceId" = r."workspaceId" AND l."conversationId" = r.id AND l."channelId" = ${id}::uuid)`;
  const others = conditions(filter, {
    type: (type) => sql`r.type = ${type}::"ConversationType"`,
    customerId: withCustomer,
    customer: ({ found }) => (found ? withCustomer(found.id) : sql`false`),
    memberId: (id) => sql`EXISTS (SELECT FROM "Participant" p
      WHERE p."workspaceId" = r."workspaceId" AND p."conversationId" = r.id AND p."memberId" = ${id}::uuid)`,
    channelId: overChannel,
    channel: ({ found }) => (found ? overChannel(found.id) : sql`false`),
    ownerId: (id) => sql`r."ownerIntegrationId" = ${id}::uuid`,
    name: (part) => nameContains(part),
    metadata: (part) => sql`r.metadata @> ${JSON.stringify(part)}::jsonb`,
    createdAt: (range) => between(sql`r."createdAt"`, range),
    lastActivityAt: (range) => between(sql`r."lastActivityAt"`, range),
  });
  return parentId
    ? { filter: sql`AND r."parentId" = ${parentId}::uuid ${others}` }
    : { all: sql`AND r."parentId" IS NULL`, filter: others };
}

function between(column: Prisma.Sql, { from, to }: { from?: Date | undefined; to?: Date | undefined }): Prisma.Sql {
  const since = from ? sql`${column} >= ${from}::timestamptz` : sql`true`;
  const until = to ? sql`${column} < ${to}::timestamptz` : sql`true`;
  return sql`${since} AND ${until}`;
}
