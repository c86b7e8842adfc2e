import { Prisma } from "../../prisma/generated/client/client.ts";
import { emailKeyOf } from "../rules/email.ts";
import { isSearch, listCustomersRules } from "../rules/filters.ts";
import { parse } from "../rules/parse.ts";
import { orderById } from "./order.ts";
import type { PageArgs } from "./page.ts";
import { conditions, nameContains, workspaceList } from "./workspace-list.ts";

const { sql } = Prisma;

/** The workspace's customers, newest first. */
export const listCustomers = workspaceList("Customer", ({ filter }: PageArgs & { filter?: unknown }) => {
  const wanted = parse(listCustomersRules, { filter: filter ?? {} }, "").filter;
  const found = conditions(wanted, {
    externalId: (externalId) => sql`r."externalId" = ${externalId}`,
    email: (email) => sql`r."emailKey" = ${emailKeyOf(email)}`,
    phone: (phone) => sql`r.phone = ${phone}`,
    name: (part) => nameContains(part),
    metadata: (part) => sql`r.metadata @> ${JSON.stringify(part)}::jsonb`,
  });
  return { order: orderById("customers", "DESC"), filter: found, isSearch: isSearch(wanted) };
});

/** The workspace's members, channels and integrations, oldest first. */
export const listMembers = workspaceList("Member", () => ({ order: orderById("members", "ASC") }));
export const listChannels = workspaceList("Channel", () => ({ order: orderById("channels", "ASC") }));
export const listIntegrations = workspaceList("Integration", () => ({ order: orderById("integrations", "ASC") }));
