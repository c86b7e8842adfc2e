import DataLoader from "dataloader";
import { type Conversation, type Customer, Prisma } from "../../prisma/generated/client/client.ts";
import { perRequest } from "../context.ts";
import { orNull } from "./json-text.ts";
import { type Order, orderById } from "./order.ts";
import { ownedList } from "./owned-list.ts";
import { parameter } from "./parameter.ts";
import { needsRead, type Reader } from "./reader.ts";

// The conversations of a customer, a member or a channel, for callers who may read.

const { sql, raw } = Prisma;

const topLevelOf = perRequest(
  ({ db, caller }) =>
    new DataLoader<string, Conversation | null>(async (customerIds) => {
      const rows = await db.$queryRaw<Conversation[]>`
        SELECT * FROM "Conversation" WHERE "workspaceId" = ${caller.workspaceId}::uuid
          AND "customerId" = ANY (${customerIds}::uuid[]) AND "parentId" IS NULL`;
      const byCustomer = new Map(rows.map((row) => [row.customerId, row]));
      return customerIds.map((id) => byCustomer.get(id) ?? null);
    }),
);

/** A customer's top-level conversation, or null. */
export const conversationOfCustomer: Reader<Customer, unknown, Conversation | null> = needsRead({
  resolve: ({ id }: Customer, _args: unknown, context) => topLevelOf(context).load(id),
  sql: (field) => {
    const row = field.newRow();
    return orNull(sql`(SELECT ${field.object(row)} FROM "Conversation" AS ${row.alias}
      WHERE ${row.column("workspaceId")} = ${parameter(field.context.caller.workspaceId, "uuid")}
        AND ${row.column("customerId")} = ${field.row.column("id")} AND ${row.column("parentId")} IS NULL)`);
  },
});

/** The conversations with a customer, of any depth, newest first. */
export const conversationsOfCustomer = needsRead(
  ownedList<"Conversation", never>({
    table: "Conversation",
    ownerColumn: "customerId",
    order: orderById("customerConversations", "DESC"),
  }),
);

/** The conversations in which a member takes part, of any depth, newest first. */
export const conversationsOfMember = linked("Participant", "memberId");

/** The conversations over a channel, of any depth, newest first. */
export const conversationsOfChannel = linked("ConversationChannel", "channelId");

/**
 * The conversations that the rows of a table link to the record in one of its columns. An index has the three columns in this order. Each
 * link has a conversation. Because of the LEFT JOIN, PostgreSQL knows that it can count links without reading conversations.
 */
function linked(table: string, column: string) {
  const order: Order<Conversation> = { ...orderById(`${column}Conversations`, "DESC"), keys: ['r."listedId"'] };
  return needsRead(
    ownedList<"Conversation", never>({
      table: "Conversation",
      ownerColumn: "listedOf",
      order,
      from: (workspace) => sql`FROM (
        SELECT c.*, ${raw(`l."${column}" AS "listedOf"`)}, l."conversationId" AS "listedId" FROM ${raw(`"${table}" l`)}
        LEFT JOIN "Conversation" c ON c."workspaceId" = ${workspace} AND c.id = l."conversationId"
        WHERE l."workspaceId" = ${workspace}
      ) r WHERE true`,
    }),
  );
}
