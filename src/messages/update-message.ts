import { isDeepStrictEqual } from "node:util";
import { type Message, Prisma } from "../../prisma/generated/client/client.ts";
import { requirePermission } from "../caller.ts";
import type { Context } from "../context.ts";
import { DomainError } from "../errors.ts";
import { type MessageChanges, updateMessageRules } from "../rules/message-input.ts";
import { badInput, parse } from "../rules/parse.ts";
import { metadataAfter } from "../writing/metadata-after.ts";
import { staleRevision } from "../writing/stale-revision.ts";
import { type Tx, writeInTransaction } from "../writing/write.ts";
import { keepRevision } from "./keep-revision.ts";
import { lockMessage, messageNotOwned } from "./lock-message.ts";

type Content = Pick<Message, "text" | "language" | "translations" | "attachments">;

const { sql } = Prisma;

/**
 * Changes a message that the key's integration sent. Content and attachments are replaced, metadata is merged or replaced (RFC 7396), and
 * null empties each. The former content is kept as a revision. If nothing differs, nothing is written.
 */
export async function updateMessage(context: Context, input: unknown): Promise<{ message: Message }> {
  const { caller } = context;
  requirePermission(caller, "engage");
  const changes = parse(updateMessageRules, input, "input");
  return writeInTransaction(context, async (tx) => {
    const message = await lockMessage(tx, caller, changes.id);
    if (message.integrationId !== caller.integrationId) {
      throw messageNotOwned("Only the integration that sent a message may change it.");
    }
    requireChangeable(message, changes);
    return { message: await change(tx, message, changes) };
  });
}

function requireChangeable({ deletedAt, revision }: Message, { expectedRevision }: MessageChanges): void {
  if (deletedAt) {
    throw new DomainError("CONFLICT", "The message was deleted.", { reason: "MESSAGE_DELETED", field: "input.id" });
  }
  if (expectedRevision !== undefined && expectedRevision !== revision) throw staleRevision("message", revision);
}

async function change(tx: Tx, message: Message, changes: MessageChanges): Promise<Message> {
  const { workspaceId, id } = message;
  const said = contentAfter(message, changes);
  if (said.text === "" && isDeepStrictEqual(said.attachments, [])) {
    throw badInput("input", "REQUIRED", "a message needs a text, content or an attachment");
  }
  const saysAnother = !isDeepStrictEqual(said, contentOf(message));
  if (saysAnother) await keepRevision(tx, message);
  const metadata =
    changes.metadata === undefined ? sql`metadata` : metadataAfter(changes.metadata, changes.metadataMode);
  const assignments = saysAnother
    ? sql`text = ${said.text}, language = ${said.language}, translations = ${JSON.stringify(said.translations)}::jsonb,
        attachments = ${JSON.stringify(said.attachments)}::jsonb, "editedAt" = now(),`
    : Prisma.empty;
  const [changed] = await tx.$queryRaw<Message[]>`
    UPDATE "Message" SET ${assignments} metadata = ${metadata}, revision = revision + 1
    WHERE "workspaceId" = ${workspaceId}::uuid AND id = ${id}::uuid AND (${saysAnother} OR metadata <> ${metadata})
    RETURNING *`;
  return changed ?? message;
}

function contentOf({ text, language, translations, attachments }: Message): Content {
  return { text, language, translations, attachments };
}

function contentAfter(message: Message, { text, content, attachments }: MessageChanges): Content {
  const kept = contentOf(message);
  const [original, ...translations] = content ?? (text ? [{ language: null, text }] : []);
  const isKept = text === undefined && content === undefined;
  const said = isKept ? kept : { text: original?.text ?? "", language: original?.language ?? null, translations };
  return { ...said, attachments: attachments === undefined ? kept.attachments : asStored(attachments ?? []) };
}

/** The object without the keys that have no value. */
function asStored<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}
