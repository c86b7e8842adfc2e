import { type Participant, Prisma } from "../../prisma/generated/client/client.ts";
import { type Caller, requirePermission } from "../caller.ts";
import type { Context } from "../context.ts";
import { markReadRules, type ReadMark } from "../rules/message-input.ts";
import { notFound } from "../rules/not-found.ts";
import { parse } from "../rules/parse.ts";
import { type Tx, toldCaller, write } from "../writing/write.ts";

const { sql } = Prisma;

/** Notes that the key's member, or a customer, has read up to a message, or everything. The mark never moves back. */
export async function markRead(context: Context, input: unknown): Promise<{ participant: Participant }> {
  const { caller } = context;
  requirePermission(caller, "engage");
  const mark = parse(markReadRules, input, "input");
  return write(context, async (db) => ({
    participant: (await readOn(db, caller, mark)) ?? (await readAlready(db, caller, mark)),
  }));
}

async function readOn(db: Pick<Tx, "$queryRaw">, caller: Caller, mark: ReadMark) {
  const { workspaceId, memberId } = caller;
  const { conversationId, upTo, customerId } = mark;
  const workspace = sql`${workspaceId}::uuid`;
  const reader = customerId ? sql`p."customerId" = ${customerId}::uuid` : sql`p."memberId" = ${memberId}::uuid`;
  const read = upTo
    ? sql`SELECT number FROM "Message"
        WHERE "workspaceId" = ${workspace} AND "conversationId" = ${conversationId}::uuid AND id = ${upTo}::uuid`
    : sql`SELECT "lastMessageNumber" AS number FROM "Conversation"
        WHERE "workspaceId" = ${workspace} AND id = ${conversationId}::uuid`;
  const [participant] = await db.$queryRaw<Participant[]>`
    UPDATE "Participant" AS p SET "lastReadNumber" = read.number FROM (${read}) AS read, ${toldCaller(db, caller)}
    WHERE p."workspaceId" = ${workspace} AND p."conversationId" = ${conversationId}::uuid AND ${reader}
      AND p."lastReadNumber" < read.number
    RETURNING p.*`;
  return participant;
}

/** The participant, if they have read as far already. Otherwise NOT_FOUND. */
async function readAlready(
  db: Pick<Tx, "conversation" | "message" | "participant">,
  { workspaceId, memberId }: Caller,
  { conversationId, upTo, customerId }: ReadMark,
): Promise<Participant> {
  const select = { id: true };
  const conversation = await db.conversation.findFirst({ where: { workspaceId, id: conversationId }, select });
  if (!conversation) throw notFound("CONVERSATION", "input.conversationId");
  if (upTo && !(await db.message.findFirst({ where: { workspaceId, conversationId, id: upTo }, select }))) {
    throw notFound("MESSAGE", "input.upTo");
  }
  const reader = customerId ? { customerId } : { memberId };
  const participant = await db.participant.findFirst({ where: { workspaceId, conversationId, ...reader } });
  if (!participant) throw notFound("PARTICIPANT", customerId ? "input.customerId" : "input.conversationId");
  return participant;
}
