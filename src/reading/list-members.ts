import { type Member, Prisma } from "../../prisma/generated/client/client.ts";
import { listMembersRules } from "../rules/filters.ts";
import { isSearch } from "../rules/is-search.ts";
import { parse } from "../rules/parse.ts";
import { conditions, nameContains } from "./conditions.ts";
import { orderById, orderByName } from "./order.ts";
import { type FilteredArgs, workspaceList } from "./workspace-list.ts";

/** The workspace's members, oldest first unless ordered otherwise. */
export const listMembers = workspaceList("Member", ({ filter, orderBy }: FilteredArgs) => {
  const wanted = parse(listMembersRules, { filter: filter ?? {}, orderBy }, "");
  const { field, direction } = wanted.orderBy;
  const order =
    field === "NAME"
      ? orderByName<Member>("members", direction === "DESC")
      : orderById<Member>(direction === "ASC" ? "members" : "members.DESC", direction);
  const matches = conditions(wanted.filter, { search: (part) => nameContains(Prisma.sql`r`, part) });
  return { order, isSearch: isSearch(wanted), filter: matches };
});
