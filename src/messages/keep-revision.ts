import type { Message } from "../../prisma/generated/client/client.ts";
import type { Tx } from "../writing/write.ts";

const maxRevisions = 100;

/** Keeps the content of a locked message as a revision, before it changes. The last 100 revisions are kept. */
export async function keepRevision(tx: Tx, { workspaceId, id, revision }: Message): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO "MessageRevision"
      ("workspaceId", "messageId", revision, text, language, translations, attachments, "integrationId")
    SELECT "workspaceId", id, revision, text, language, translations, attachments, "integrationId" FROM "Message"
    WHERE "workspaceId" = ${workspaceId}::uuid AND id = ${id}::uuid`;
  if (revision < maxRevisions) return;
  await tx.$executeRaw`
    DELETE FROM "MessageRevision"
    WHERE "workspaceId" = ${workspaceId}::uuid AND "messageId" = ${id}::uuid AND revision NOT IN (
      SELECT revision FROM "MessageRevision"
      WHERE "workspaceId" = ${workspaceId}::uuid AND "messageId" = ${id}::uuid ORDER BY revision DESC LIMIT ${maxRevisions})`;
}
