import { type Customer, type Member, Prisma } from "../../prisma/generated/client/client.ts";
import { emailKeyOf } from "../rules/email.ts";
import { listChannelsRules, listCustomersRules, listMembersRules } from "../rules/filters.ts";
import { parse } from "../rules/parse.ts";
import { isSearch } from "../rules/searches.ts";
import { between, conditions, idAmong, metadataMatches, nameContains, textContains } from "./conditions.ts";
import { customerContains, customerIsNamed } from "./customer-conditions.ts";
import { orderById, orderByName, orderByTime } from "./order.ts";
import type { PageArgs } from "./page.ts";
import { workspaceList } from "./workspace-list.ts";

const { sql } = Prisma;

const row = sql`r`;

type FilteredArgs = PageArgs & { filter?: unknown; orderBy?: unknown };

const filtered = (condition: Prisma.Sql | undefined) => (condition ? { filter: sql`AND ${condition}` } : {});

const customersBy = {
  CREATED_AT: (direction: "ASC" | "DESC") =>
    orderById<Customer>(direction === "DESC" ? "customers" : "customers.ASC", direction),
  UPDATED_AT: (direction: "ASC" | "DESC") =>
    orderByTime<Customer, "updatedAt">("customers", "updatedAt", direction === "DESC"),
  NAME: (direction: "ASC" | "DESC") => orderByName<Customer>("customers", direction === "DESC"),
};

/** The workspace's customers, newest first unless ordered otherwise. */
export const listCustomers = workspaceList("Customer", ({ filter, orderBy }: FilteredArgs, { caller }) => {
  const wanted = parse(listCustomersRules, { filter: filter ?? {}, orderBy }, "");
  const conversation = sql`EXISTS (SELECT FROM "Conversation" c
    WHERE c."workspaceId" = ${caller.workspaceId}::uuid AND c."customerId" = r.id AND c."parentId" IS NULL)`;
  const found = conditions(wanted.filter, {
    ids: idAmong,
    externalId: (externalId) => sql`r."externalId" = ${externalId}`,
    email: (email) => sql`r."emailKey" = ${emailKeyOf(email)}`,
    phone: (phone) => sql`r.phone = ${phone}`,
    name: (part) => customerIsNamed(row, part),
    search: (text) => customerContains(row, text),
    metadata: metadataMatches,
    hasConversation: (has) => (has ? conversation : sql`NOT ${conversation}`),
    createdAt: (range) => between(sql`r."createdAt"`, range),
    updatedAt: (range) => between(sql`r."updatedAt"`, range),
  });
  const { field, direction } = wanted.orderBy;
  return { order: customersBy[field](direction), isSearch: isSearch(wanted), ...filtered(found) };
});

/** The workspace's members, oldest first unless ordered otherwise. */
export const listMembers = workspaceList("Member", ({ filter, orderBy }: FilteredArgs) => {
  const wanted = parse(listMembersRules, { filter: filter ?? {}, orderBy }, "");
  const { field, direction } = wanted.orderBy;
  const order =
    field === "NAME"
      ? orderByName<Member>("members", direction === "DESC")
      : orderById<Member>(direction === "ASC" ? "members" : "members.DESC", direction);
  const found = conditions(wanted.filter, { search: (part) => nameContains(row, part) });
  return { order, isSearch: isSearch(wanted), ...filtered(found) };
});

/** The workspace's channels, oldest first. */
export const listChannels = workspaceList("Channel", ({ filter }: FilteredArgs) => {
  const wanted = parse(listChannelsRules, { filter: filter ?? {} }, "");
  const identifier = sql`lower(r.identifier COLLATE "C")`;
  const found = conditions(wanted.filter, {
    search: (part) => textContains([identifier], part, sql`name_grams(${identifier})`),
  });
  return { order: orderById("channels", "ASC"), isSearch: isSearch(wanted), ...filtered(found) };
});

/** The workspace's integrations, oldest first. */
export const listIntegrations = workspaceList("Integration", () => ({ order: orderById("integrations", "ASC") }));
