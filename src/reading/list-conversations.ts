import { type Conversation, Prisma } from "../../prisma/generated/client/client.ts";
import type { Context } from "../context.ts";
import { type ConversationsWanted, listConversationsRules } from "../rules/filters.ts";
import { indexedFilter, isSearch } from "../rules/is-search.ts";
import { parse } from "../rules/parse.ts";
import { conversationMatches, resolveNames } from "./conversation-conditions.ts";
import { type Order, orderById, orderByName, orderByTime } from "./order.ts";
import { parameter } from "./parameter.ts";
import { type FilteredArgs, type WorkspaceRows, workspaceList } from "./workspace-list.ts";

const { sql, join } = Prisma;

type ConversationOrder = Order<Conversation>;
type OrderField = ConversationsWanted["orderBy"]["field"];

const byTime = (column: "createdAt" | "updatedAt" | "lastActivityAt" | "treeLastActivityAt") => (descending: boolean) =>
  orderByTime<Conversation, typeof column>("conversations", column, descending);

const orders: Record<OrderField, (descending: boolean) => ConversationOrder> = {
  CREATED_AT: byTime("createdAt"),
  UPDATED_AT: byTime("updatedAt"),
  LAST_ACTIVITY_AT: byTime("lastActivityAt"),
  TREE_LAST_ACTIVITY_AT: byTime("treeLastActivityAt"),
  NAME: (descending) => orderByName<Conversation>("conversations", descending),
};

/** The workspace's conversations, top-level unless a parent or any depth is asked for: newest first unless ordered otherwise. */
export const listConversations = workspaceList("Conversation", async ({ filter, orderBy }: FilteredArgs, context) => {
  const wanted = parse(listConversationsRules, { filter: filter ?? {}, orderBy }, "");
  return { order: orderOf(wanted), isSearch: isSearch(wanted), ...(await rowsOf(wanted, context)) };
});

/** In a list of all depths, only the order by id has an index. Ids are in the order of creation. */
function orderOf({ filter: { scope }, orderBy: { field, direction } }: ConversationsWanted): ConversationOrder {
  if (scope === "ANY_DEPTH" && field === "CREATED_AT")
    return { ...orderById<Conversation>("conversations", direction), name: `conversations.id.${direction}` };
  return orders[field](direction === "DESC");
}

async function rowsOf(
  wanted: ConversationsWanted,
  context: Context,
): Promise<Pick<WorkspaceRows<Conversation>, "all" | "filter" | "owner">> {
  const top = sql`r."parentId" IS NULL`;
  const indexed = indexedFilter(wanted);
  if (indexed && "type" in indexed)
    return { all: top, owner: { column: "type", value: parameter(indexed.type, '"ConversationType"') } };
  if (indexed) return { all: top, owner: { column: "ownerIntegrationId", value: parameter(indexed.ownerId, "uuid") } };

  const { parentId, scope, not, or, ...conditions } = wanted.filter;
  const matches = async (given: typeof conditions) => conversationMatches(await resolveNames(context, given), context);
  const [own, excluded, ...alternatives] = await Promise.all([
    matches(conditions),
    not && matches(not),
    ...(or ?? []).map(matches),
  ]);
  const filters = [parentId && sql`r."parentId" = ${parentId}::uuid`, own];
  if (excluded) filters.push(sql`(${excluded}) IS NOT TRUE`);
  if (alternatives.length > 0)
    filters.push(
      sql`(${join(
        alternatives.map((one) => sql`(${one ?? sql`true`})`),
        " OR ",
      )})`,
    );
  const given = filters.filter((filter) => filter !== undefined);
  return {
    all: parentId || scope === "ANY_DEPTH" ? undefined : top,
    filter: given.length > 0 ? join(given, " AND ") : undefined,
  };
}
