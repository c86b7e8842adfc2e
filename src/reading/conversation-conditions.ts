import { Prisma } from "../../prisma/generated/client/client.ts";
import type { Context } from "../context.ts";
import type { ConversationConditions } from "../rules/filters.ts";
import type { SearchText } from "../rules/text.ts";
import { between, conditions, idAmong, metadataMatches, nameContains } from "./conditions.ts";
import { customerContains } from "./customer-conditions.ts";
import { customersByExternalId, websitesByIdentifier } from "./loaders.ts";

const { sql } = Prisma;

/** Replaces other names of records by their ids. The planner could only guess how many rows a name leads to. */
export async function resolveNames(
  context: Context,
  { customerExternalId, channelIdentifier, ...given }: ConversationConditions,
) {
  const [customer, channel] = await Promise.all([
    customerExternalId && customersByExternalId(context).load(customerExternalId),
    channelIdentifier && websitesByIdentifier(context).load(channelIdentifier),
  ]);
  return {
    ...given,
    ...(customerExternalId && { customer: { found: customer || null } }),
    ...(channelIdentifier && { channel: { found: channel || null } }),
  };
}

type Resolved = Awaited<ReturnType<typeof resolveNames>>;

/** The condition that all of this holds for a conversation (alias `r`). Undefined if nothing is given. */
export function conversationMatches(given: Resolved, { caller }: Context): Prisma.Sql | undefined {
  const workspace = sql`${caller.workspaceId}::uuid`;
  const withCustomer = (id: string) => sql`r."customerId" = ${id}::uuid`;
  const overChannel = (id: string) => sql`EXISTS (SELECT FROM "ConversationChannel" l
    WHERE l."workspaceId" = ${workspace} AND l."conversationId" = r.id AND l."channelId" = ${id}::uuid)`;
  return conditions(given, {
    ids: idAmong,
    types: (types) => sql`r.type = ANY (${types}::"ConversationType"[])`,
    customerId: withCustomer,
    customer: ({ found }) => (found ? withCustomer(found.id) : sql`false`),
    memberId: (id) => sql`EXISTS (SELECT FROM "Participant" p
      WHERE p."workspaceId" = ${workspace} AND p."conversationId" = r.id AND p."memberId" = ${id}::uuid)`,
    channelId: overChannel,
    channel: ({ found }) => (found ? overChannel(found.id) : sql`false`),
    ownerId: (id) => sql`r."ownerIntegrationId" = ${id}::uuid`,
    name: (part) => nameContains(sql`r`, part),
    search: (text) => searchMatches(workspace, text),
    metadata: metadataMatches,
    createdAt: (range) => between(sql`r."createdAt"`, range),
    updatedAt: (range) => between(sql`r."updatedAt"`, range),
    lastActivityAt: (range) => between(sql`r."lastActivityAt"`, range),
  });
}

/** Searches in the conversation's name, or in the texts of its customer. Each way has an index; an OR of the two could use none. */
function searchMatches(workspace: Prisma.Sql, text: SearchText): Prisma.Sql {
  return sql`r.id IN (
    SELECT n.id FROM "Conversation" n WHERE n."workspaceId" = ${workspace} AND ${nameContains(sql`n`, text.folded)}
    UNION ALL
    SELECT c.id FROM "Customer" cu
    JOIN "Conversation" c ON c."workspaceId" = ${workspace} AND c."customerId" = cu.id
    WHERE cu."workspaceId" = ${workspace} AND ${customerContains(sql`cu`, text)})`;
}
