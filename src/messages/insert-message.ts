import { type Message, Prisma } from "../../prisma/generated/client/client.ts";
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
 * Inserts the message in one statement, if no message has its idempotencyKey and every record that it needs exists. These are the
 * conversation, its participant that is the author, its channel, and the message that it replies to. Otherwise it writes nothing and
 * returns undefined. If the author had read every message before it, the new one counts as read by the author. If not, the unread messages
 * stay unread.
 */
export async function insertMessage<R>(
  db: Pick<Tx, "$queryRaw">,
  message: NewMessage,
  columns: Columns<R>,
): Promise<R | undefined> {
  const { workspaceId } = message.caller;
  const there = {
    memberId: sql`"memberId"`,
    customerId: sql`"customerId"`,
    channelId: sql`"channelId"`,
  };
  const [sent] = await columns.send(
    db,
    sql`
    WITH place AS (${placeSql(message, sql`CROSS JOIN ${toldCaller(db, message.caller)}`)}),
    sent AS (
      INSERT INTO "Message" (${messageColumns}) SELECT ${valuesOf(message, there)} FROM place
      RETURNING *
    ), read AS (
      UPDATE "Participant" AS p SET "lastReadNumber" = sent.number FROM sent, place
      WHERE p."workspaceId" = ${workspaceId}::uuid AND p.id = place."participantId" AND p."lastReadNumber" = sent.number - 1
    )
    SELECT ${columns.sql} FROM sent AS record`,
  );
  return sent;
}

interface Place {
  participantId: string;
  memberId: string | null;
  customerId: string | null;
  channelId: string | null;
}

/** Does the same in a transaction, with a statement for each table. */
export async function insertMessageInSteps(tx: Tx, message: NewMessage): Promise<Message | undefined> {
  const [place] = await tx.$queryRaw<Place[]>(placeSql(message));
  if (!place) return undefined;
  const there = {
    memberId: sql`${place.memberId}::uuid`,
    customerId: sql`${place.customerId}::uuid`,
    channelId: sql`${place.channelId}::uuid`,
  };
  const [sent] = await tx.$queryRaw<Message[]>`
    INSERT INTO "Message" (${messageColumns}) VALUES (${valuesOf(message, there)}) RETURNING *`;
  if (!sent) return undefined;
  await tx.$executeRaw`
    UPDATE "Participant" SET "lastReadNumber" = ${sent.number}
    WHERE "workspaceId" = ${sent.workspaceId}::uuid AND id = ${place.participantId}::uuid AND "lastReadNumber" = ${sent.number - 1}`;
  return sent;
}

/** The participant that is the author, if every record that the message needs exists. */
function placeSql({ caller, wanted, author }: NewMessage, beside = empty): Prisma.Sql {
  const { conversationId, parentId, idempotencyKey, visibility } = wanted;
  const workspace = sql`${caller.workspaceId}::uuid`;
  const ofConversation = sql`"workspaceId" = ${workspace} AND "conversationId" = ${conversationId}::uuid`;
  const unused = sql`AND NOT EXISTS (
    SELECT FROM "Message" WHERE ${ofConversation} AND "idempotencyKey" = ${idempotencyKey})`;
  const answered = sql`AND EXISTS (
    SELECT FROM "Message" WHERE ${ofConversation} AND id = ${parentId}::uuid ${visibility === "PUBLIC" ? sql`AND visibility = 'PUBLIC'` : empty})`;
  return sql`SELECT p.id AS "participantId", p."memberId", p."customerId", ${channelOf(wanted)} AS "channelId"
    FROM "Conversation" c
    JOIN "Participant" p ON p."workspaceId" = ${workspace} AND p."conversationId" = c.id AND ${isAuthor(author)}
    ${channelJoin(wanted, workspace)} ${beside}
    WHERE c."workspaceId" = ${workspace} AND c.id = ${conversationId}::uuid
      ${idempotencyKey ? unused : empty} ${parentId ? answered : empty}`;
}

const messageColumns = sql`"workspaceId", "conversationId", "authorMemberId", "authorCustomerId", "channelId", "integrationId",
  "parentId", visibility, text, language, translations, attachments, metadata, "idempotencyKey", "inputHash"`;

function valuesOf(
  { caller: { workspaceId, integrationId }, wanted, inputHash }: NewMessage,
  { memberId, customerId, channelId }: { memberId: Prisma.Sql; customerId: Prisma.Sql; channelId: Prisma.Sql },
): Prisma.Sql {
  const { conversationId, parentId, idempotencyKey, visibility } = wanted;
  const [original, ...translations] = wanted.content ?? [{ language: null, text: wanted.text ?? "" }];
  return sql`${workspaceId}::uuid, ${conversationId}::uuid, ${memberId}, ${customerId}, ${channelId}, ${integrationId}::uuid,
    ${parentId ?? null}::uuid, ${visibility}::"MessageVisibility", ${original?.text ?? ""}, ${original?.language ?? null},
    ${JSON.stringify(translations)}::jsonb, ${JSON.stringify(wanted.attachments ?? [])}::jsonb,
    ${JSON.stringify(wanted.metadata ?? {})}::jsonb, ${idempotencyKey ?? null}, ${inputHash ?? null}`;
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
