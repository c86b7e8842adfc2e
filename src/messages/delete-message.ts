import type { Message } from "../../prisma/generated/client/client.ts";
import { type Caller, requirePermission } from "../caller.ts";
import type { Context } from "../context.ts";
import { deleteMessageRules } from "../rules/message-input.ts";
import { parse } from "../rules/parse.ts";
import { type Tx, writeInTransaction } from "../writing/write.ts";
import { lockMessage, messageNotOwned } from "./lock-message.ts";

/**
 * Redacts a message that the key's integration sent, or that stands in a conversation that it owns. The content, its former versions and
 * the metadata are removed from every table; the number and the place in the list stay. A second call gives the same answer.
 */
export async function deleteMessage(context: Context, input: unknown): Promise<{ message: Message }> {
  const { caller } = context;
  requirePermission(caller, "delete");
  const { id } = parse(deleteMessageRules, input, "input");
  return writeInTransaction(context, async (tx) => {
    const message = await lockMessage(tx, caller, id);
    await requireOwner(tx, caller, message);
    return { message: message.deletedAt ? message : await redact(tx, message) };
  });
}

async function requireOwner(tx: Tx, { workspaceId, integrationId }: Caller, message: Message): Promise<void> {
  if (message.integrationId === integrationId) return;
  const where = { workspaceId, id: message.conversationId, ownerIntegrationId: integrationId };
  if (await tx.conversation.findFirst({ where, select: { id: true } })) return;
  throw messageNotOwned("Only the integration that sent a message, or owns its conversation, may delete it.");
}

// This is a second statement after the lock, so it sees the revision of an edit that was committed just before.
async function redact(tx: Tx, { workspaceId, id }: Message): Promise<Message> {
  await tx.messageRevision.deleteMany({ where: { workspaceId, messageId: id } });
  const [redacted] = await tx.$queryRaw<[Message]>`
    UPDATE "Message" SET text = '', language = NULL, translations = '[]', attachments = '[]', metadata = '{}', "inputHash" = NULL,
      revision = revision + 1, "deletedAt" = now()
    WHERE "workspaceId" = ${workspaceId}::uuid AND id = ${id}::uuid
    RETURNING *`;
  return redacted;
}
