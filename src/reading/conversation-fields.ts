import { type Conversation, Prisma } from "../../prisma/generated/client/client.ts";
import { constant } from "./json-text.ts";
import { orderById } from "./order.ts";
import { ownedList } from "./owned-list.ts";
import { parameter } from "./parameter.ts";
import { needsRead, type Reader } from "./reader.ts";
import { countOf, relatedRows } from "./related-rows.ts";
import { toOne } from "./to-one.ts";

// The fields of a conversation, except its messages. Those that lead to other conversations need the permission to read. Its participants
// and channels do not.

const { sql } = Prisma;

export const parent = needsRead(toOne("Conversation", "parentId"));
export const customer = toOne("Customer", "customerId");
export const owner = toOne("Integration", "ownerIntegrationId");

/** The participants, in the order in which they joined. */
export const participants = ownedList({
  table: "Participant",
  ownerColumn: "conversationId",
  order: orderById("participants", "ASC"),
  totalColumns: ["participantsCount"],
});

/** The direct sub-conversations, newest first. */
export const children = needsRead(
  ownedList({
    table: "Conversation",
    ownerColumn: "parentId",
    order: orderById("children", "DESC"),
    totalColumns: ["childrenCount"],
  }),
);

export const maxAncestors = 9;

const above = relatedRows({
  table: "Conversation",
  key: "parentId",
  rows: (parentId, { workspaceId }) => sql`
    WITH RECURSIVE up AS (
      SELECT c.*, 1 AS distance FROM "Conversation" c
      WHERE c."workspaceId" = ${parameter(workspaceId, "uuid")} AND c.id = ${parentId}
      UNION ALL
      SELECT c.*, up.distance + 1 FROM up
      JOIN "Conversation" c ON c."workspaceId" = ${parameter(workspaceId, "uuid")} AND c.id = up."parentId"
    )
    SELECT * FROM up ORDER BY distance DESC`,
});

/** The path from the top-level conversation down to the parent: at most 9, empty at the top. */
export const ancestors = needsRead(above);

/** The number of conversations above it: 0 at the top, at most 9. */
export const depth = countOf(above);

/** The channels of the conversation, in the order of their creation: at most 100. */
export const channels = relatedRows({
  table: "Channel",
  key: "id",
  rows: (id, { workspaceId }) => sql`
    SELECT ch.* FROM "ConversationChannel" l
    JOIN "Channel" ch ON ch."workspaceId" = ${parameter(workspaceId, "uuid")} AND ch.id = l."channelId"
    WHERE l."workspaceId" = ${parameter(workspaceId, "uuid")} AND l."conversationId" = ${id}
    ORDER BY ch.id`,
});

/** Whether the caller may delete it: the key has the permission, and its integration owns the conversation. */
export const viewerCanDelete: Reader<Conversation, unknown, boolean> = {
  resolve: ({ ownerIntegrationId }, _args, { caller }) =>
    caller.permissions.has("delete") && ownerIntegrationId === caller.integrationId,
  sql: ({ row, context: { caller } }) =>
    caller.permissions.has("delete")
      ? sql`(${row.column("ownerIntegrationId")} IS NOT DISTINCT FROM ${parameter(caller.integrationId, "uuid")})::text`
      : constant("false"),
};

/** Whether the caller may change it. */
export const viewerCanUpdate: Reader<Conversation, unknown, boolean> = {
  resolve: (_conversation, _args, { caller }) => caller.permissions.has("engage"),
  sql: ({ context: { caller } }) => constant(String(caller.permissions.has("engage"))),
};
