import { Prisma } from "../../prisma/generated/client/client.ts";
import { listChannelsRules } from "../rules/filters.ts";
import { isSearch } from "../rules/is-search.ts";
import { parse } from "../rules/parse.ts";
import { conditions, textContains } from "./conditions.ts";
import { orderById } from "./order.ts";
import { type FilteredArgs, workspaceList } from "./workspace-list.ts";

const { sql } = Prisma;

/** The workspace's channels, oldest first. */
export const listChannels = workspaceList("Channel", ({ filter }: FilteredArgs) => {
  const wanted = parse(listChannelsRules, { filter: filter ?? {} }, "");
  const identifier = sql`lower(r.identifier COLLATE "C")`;
  const matches = conditions(wanted.filter, {
    search: (part) => textContains([identifier], part, sql`name_grams(${identifier})`),
  });
  return { order: orderById("channels", "ASC"), isSearch: isSearch(wanted), filter: matches };
});
