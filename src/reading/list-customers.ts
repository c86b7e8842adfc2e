import { type Customer, Prisma } from "../../prisma/generated/client/client.ts";
import { emailKeyOf } from "../rules/email.ts";
import { listCustomersRules } from "../rules/filters.ts";
import { isSearch } from "../rules/is-search.ts";
import { parse } from "../rules/parse.ts";
import { between, conditions, idAmong, metadataMatches } from "./conditions.ts";
import { customerContains, customerIsNamed } from "./customer-conditions.ts";
import { orderById, orderByName, orderByTime } from "./order.ts";
import { type FilteredArgs, workspaceList } from "./workspace-list.ts";

const { sql } = Prisma;

const row = sql`r`;

const orders = {
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
  const matches = conditions(wanted.filter, {
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
  return { order: orders[field](direction), isSearch: isSearch(wanted), filter: matches };
});
