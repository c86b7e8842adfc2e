import { Prisma } from "../../prisma/generated/client/client.ts";
import type { Caller } from "../caller.ts";
import type { MessageInput } from "../rules/message-input.ts";
import type { Columns } from "../writing/output.ts";
import { type Tx, toldCaller } from "../writing/write.ts";

const { sql, empty } = Prisma;

/** The author of a message: the caller's member, a customer, or the customer that the conversation is with. */
export type Author = { memberId: string } | { customerId: string } | "CONVERSATION_CUSTOMER";

interface NewMessage {
  caller: Caller;
  wanted: MessageInput;
  author: Author;
  inputHash: string | undefined;
}

/**
 * Inserts the message in one statement, if all that it needs is there: conversation, author among the participants, channel among
 * the channels, the message replied to, and no message with its idempotencyKey. Otherwise undefined, and nothing is written.
 *
 * If the author has read everything before it, the message counts as read by the author, too. Otherwise an answer would mark messages
 * as read that the author has not seen.
 */
export async function insertMessage<R>(
  db: Pick<Tx, "$queryRaw">,
  { caller, wanted, author, inputHash }: NewMessage,
  columns: Columns<R>,
): Promise<R | undefined> {
  const { workspaceId, integrationId } = caller;
  const { conversationId, parentId, idempotencyKey, visibility } = wanted;
  const workspace = sql`${workspaceId}::uuid`;
  const [original, ...translations] = wanted.content ?? [{ language: null, text: wanted.text ?? "" }];
  const ofConversation = sql`"workspaceId" = ${workspace} AND "conversationId" = ${conversationId}::uuid`;
  const unused = sql`AND NOT EXISTS (
    SELECT FROM "Message" WHERE ${ofConversation} AND "idempotencyKey" = ${idempotencyKey})`;
  const answered = sql`AND EXISTS (
    SELECT FROM "Message" WHERE ${ofConversation} AND id = ${parentId}::uuid ${visibility === "PUBLIC" ? sql`AND visibility = 'PUBLIC'` : empty})`;
  const [message] = await columns.send(
    db,
    sql`
    WITH place AS (
      SELECT p.id AS "participantId", p."memberId", p."customerId", ${channelOf(wanted)} AS "channelId"
      FROM "Conversation" c
      JOIN "Participant" p ON p."workspaceId" = ${workspace} AND p."conversationId" = c.id AND ${isAuthor(author)}
      ${channelJoin(wanted, workspace)}
      CROSS JOIN ${toldCaller(caller)}
      WHERE c."workspaceId" = ${workspace} AND c.id = ${conversationId}::uuid
        ${idempotencyKey ? unused : empty} ${parentId ? answered : empty}
    ), sent AS (
      INSERT INTO "Message" ("workspaceId", "conversationId", "authorMemberId", "authorCustomerId", "channelId", "integrationId",
        "parentId", visibility, text, language, translations, attachments, metadata, "idempotencyKey", "inputHash")
      SELECT ${workspace}, ${conversationId}::uuid, "memberId", "customerId", "channelId", ${integrationId}::uuid,
        ${parentId ?? null}::uuid, ${visibility}::"MessageVisibility", ${original?.text ?? ""}, ${original?.language ?? null},
        ${JSON.stringify(translations)}::jsonb, ${JSON.stringify(wanted.attachments ?? [])}::jsonb,
        ${JSON.stringify(wanted.metadata ?? {})}::jsonb, ${idempotencyKey ?? null}, ${inputHash ?? null}
      FROM place
      RETURNING *
    ), read AS (
      UPDATE "Participant" AS p SET "lastReadNumber" = sent.number FROM sent, place
      WHERE p."workspaceId" = ${workspace} AND p.id = place."participantId" AND p."lastReadNumber" = sent.number - 1
    )
    SELECT ${columns.sql} FROM sent AS record`,
  );
  return message;
}

function isAuthor(author: Author): Prisma.Sql {
  if (author === "CONVERSATION_CUSTOMER") return sql`p."customerId" = c."customerId"`;
  return "memberId" in author
    ? sql`p."memberId" = ${author.memberId}::uuid`
    : sql`p."customerId" = ${author.customerId}::uuid`;
}

function channelOf({ channelId, channelIdentifier }: MessageInput): Prisma.Sql {
  return (channelId ?? channelIdentifier) ? sql`l."channelId"` : sql`NULL::uuid`;
}

function channelJoin({ channelId, channelIdentifier }: MessageInput, workspace: Prisma.Sql): Prisma.Sql {
  const link = (id: Prisma.Sql) => sql`JOIN "ConversationChannel" l
    ON l."workspaceId" = ${workspace} AND l."conversationId" = c.id AND l."channelId" = ${id}`;
  if (channelId) return link(sql`${channelId}::uuid`);
  if (!channelIdentifier) return empty;
  return sql`JOIN "Channel" ch
    ON ch."workspaceId" = ${workspace} AND ch.kind = 'WEBSITE' AND ch.identifier = ${channelIdentifier} ${link(sql`ch.id`)}`;
}
