import {
  type Channel,
  type Customer,
  type Integration,
  type Member,
  Prisma,
} from "../../prisma/generated/client/client.ts";
import type { Context } from "../context.ts";
import { emailKeyOf } from "../rules/email.ts";
import { isSearch, listCustomersRules } from "../rules/filters.ts";
import { parse } from "../rules/parse.ts";
import { visible } from "./finders.ts";
import { type CountedPage, orderById, type PageArgs } from "./page.ts";
import { conditions, nameContains, readWorkspacePage } from "./workspace-list.ts";

const { sql, empty } = Prisma;

/** The workspace's customers, newest first. */
export function listCustomers(
  context: Context,
  { filter, ...page }: PageArgs & { filter?: unknown },
): Promise<CountedPage<Customer>> {
  return visible(context, () => {
    const wanted = parse(listCustomersRules, { filter: filter ?? {} }, "").filter;
    const found = conditions(wanted, {
      externalId: (externalId) => sql`r."externalId" = ${externalId}`,
      email: (email) => sql`r."emailKey" = ${emailKeyOf(email)}`,
      phone: (phone) => sql`r.phone = ${phone}`,
      name: (part) => nameContains(part),
      metadata: (part) => sql`r.metadata @> ${JSON.stringify(part)}::jsonb`,
    });
    const order = orderById<Customer>("customers", "DESC");
    return readWorkspacePage(context, { table: "Customer", order, filter: found, isSearch: isSearch(wanted) }, page);
  });
}

export const listMembers = listAll<Member>("Member", "members");
export const listChannels = listAll<Channel>("Channel", "channels");
export const listIntegrations = listAll<Integration>("Integration", "integrations");

/** All rows of a table that the workspace has, oldest first. */
function listAll<Row extends { id: string }>(table: string, name: string) {
  const list = { table, order: orderById<Row>(name, "ASC"), filter: empty, isSearch: false };
  return (context: Context, page: PageArgs): Promise<CountedPage<Row>> =>
    visible(context, () => readWorkspacePage(context, list, page));
}
