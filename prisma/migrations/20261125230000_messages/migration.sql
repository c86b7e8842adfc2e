-- CreateEnum
CREATE TYPE "MessageVisibility" AS ENUM ('PUBLIC', 'INTERNAL');

-- DropIndex
DROP INDEX "Message_workspaceId_conversationId_id_idx";

-- AlterTable
ALTER TABLE "Conversation" ADD COLUMN     "internalMessagesCount" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "lastMessageNumber" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "Message" ADD COLUMN     "attachments" JSONB NOT NULL DEFAULT '[]',
ADD COLUMN     "channelId" UUID,
ADD COLUMN     "deletedAt" TIMESTAMPTZ(3),
ADD COLUMN     "editedAt" TIMESTAMPTZ(3),
ADD COLUMN     "idempotencyKey" TEXT,
ADD COLUMN     "inputHash" TEXT,
ADD COLUMN     "integrationId" UUID,
ADD COLUMN     "internalRepliesCount" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "language" TEXT,
ADD COLUMN     "metadata" JSONB NOT NULL DEFAULT '{}',
ADD COLUMN     "number" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "parentId" UUID,
ADD COLUMN     "repliesCount" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "revision" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "translations" JSONB NOT NULL DEFAULT '[]',
ADD COLUMN     "visibility" "MessageVisibility" NOT NULL DEFAULT 'PUBLIC';

-- AlterTable
ALTER TABLE "Participant" ADD COLUMN     "lastReadNumber" INTEGER NOT NULL DEFAULT 0;

-- What is there already is numbered in the order of its ids.
UPDATE "Message" AS m SET number = numbered.number
FROM (
  SELECT id, row_number() OVER (PARTITION BY "workspaceId", "conversationId" ORDER BY id) AS number FROM "Message"
) AS numbered
WHERE m.id = numbered.id;

UPDATE "Conversation" AS c SET "lastMessageNumber" = said.number
FROM (SELECT "workspaceId", "conversationId", max(number) AS number FROM "Message" GROUP BY 1, 2) AS said
WHERE c."workspaceId" = said."workspaceId" AND c.id = said."conversationId";

-- CreateIndex
CREATE UNIQUE INDEX "Message_workspaceId_conversationId_id_key" ON "Message"("workspaceId", "conversationId", "id");

-- CreateIndex
CREATE UNIQUE INDEX "Message_workspaceId_conversationId_number_key" ON "Message"("workspaceId", "conversationId", "number");

-- AddForeignKey
ALTER TABLE "Message" ADD CONSTRAINT "Message_workspaceId_conversationId_parentId_fkey" FOREIGN KEY ("workspaceId", "conversationId", "parentId") REFERENCES "Message"("workspaceId", "conversationId", "id") ON DELETE NO ACTION ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Message" ADD CONSTRAINT "Message_workspaceId_integrationId_fkey" FOREIGN KEY ("workspaceId", "integrationId") REFERENCES "Integration"("workspaceId", "id") ON DELETE SET NULL ("integrationId") ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Message" ADD CONSTRAINT "Message_workspaceId_channelId_fkey" FOREIGN KEY ("workspaceId", "channelId") REFERENCES "Channel"("workspaceId", "id") ON DELETE SET NULL ("channelId") ON UPDATE CASCADE;

-- ── What Prisma's schema cannot say ──────────────────────────────────────────────────────────────────────────────────

ALTER TABLE "Message"
  ADD CONSTRAINT "Message_number_positive" CHECK (number > 0),
  ADD CONSTRAINT "Message_translations_of_text"
    CHECK (jsonb_typeof(translations) = 'array' AND (text <> '' OR translations = '[]')),
  ADD CONSTRAINT "Message_attachments_array" CHECK (jsonb_typeof(attachments) = 'array'),
  ADD CONSTRAINT "Message_metadata_object" CHECK (jsonb_typeof(metadata) = 'object'),
  ADD CONSTRAINT "Message_metadata_size"
    CHECK (octet_length(metadata::text) <= 16384 OR jsonb_compact_size(metadata) <= 16384),
  ADD CONSTRAINT "Message_redacted" CHECK ("deletedAt" IS NULL OR (
    text = '' AND language IS NULL AND translations = '[]' AND attachments = '[]' AND metadata = '{}' AND "inputHash" IS NULL
  ));

ALTER TABLE "Conversation" DROP CONSTRAINT "Conversation_counters", ADD CONSTRAINT "Conversation_counters" CHECK (
  "childrenCount" >= 0 AND "messagesCount" >= 0 AND "internalMessagesCount" >= 0 AND "participantsCount" >= 0
);

CREATE UNIQUE INDEX "Message_idempotencyKey_key" ON "Message" ("workspaceId", "conversationId", "idempotencyKey")
  WHERE "idempotencyKey" IS NOT NULL;

-- The messages of a conversation by visibility, and the replies to a message.
CREATE INDEX "Message_public_idx" ON "Message" ("workspaceId", "conversationId", number) WHERE visibility = 'PUBLIC';
CREATE INDEX "Message_internal_idx" ON "Message" ("workspaceId", "conversationId", number) WHERE visibility = 'INTERNAL';
CREATE INDEX "Message_replies_idx" ON "Message" ("workspaceId", "parentId", number) WHERE "parentId" IS NOT NULL;
CREATE INDEX "Message_public_replies_idx" ON "Message" ("workspaceId", "parentId", number)
  WHERE "parentId" IS NOT NULL AND visibility = 'PUBLIC';
CREATE INDEX "Message_internal_replies_idx" ON "Message" ("workspaceId", "parentId", number)
  WHERE "parentId" IS NOT NULL AND visibility = 'INTERNAL';

-- Numbers and counters ------------------------------------------------------------------------------------------------

DROP TRIGGER count_messages_on_insert ON "Message";
DROP TRIGGER count_messages_on_delete ON "Message";
DROP FUNCTION count_messages();

-- Counts a new message, with its conversation and the message it replies to, and gives it its number, unless it brings one. The conversation's row stays locked until the transaction
-- ends, so the order of numbers is the order of commit: whoever has read up to a number has everything up to it. A conversation
-- that was deleted meanwhile is a broken foreign key.
CREATE FUNCTION number_message() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  asks CONSTANT integer := (NEW.number = 0)::integer;
  public CONSTANT integer := (NEW.visibility = 'PUBLIC')::integer;
  active CONSTANT timestamptz := CASE public WHEN 1 THEN NEW."createdAt" END;
  given integer;
BEGIN
  UPDATE "Conversation" SET
    "lastMessageNumber" = greatest("lastMessageNumber" + asks, NEW.number),
    "messagesCount" = "messagesCount" + public,
    "internalMessagesCount" = "internalMessagesCount" + 1 - public,
    "lastActivityAt" = greatest("lastActivityAt", active)
  WHERE "workspaceId" = NEW."workspaceId" AND id = NEW."conversationId"
  RETURNING "lastMessageNumber" INTO given;
  IF NOT FOUND THEN
    RAISE foreign_key_violation USING MESSAGE = 'the conversation of the message is gone';
  END IF;
  IF NEW."parentId" IS NOT NULL THEN
    UPDATE "Message" SET
      "repliesCount" = "repliesCount" + public,
      "internalRepliesCount" = "internalRepliesCount" + 1 - public
    WHERE "workspaceId" = NEW."workspaceId" AND "conversationId" = NEW."conversationId" AND id = NEW."parentId";
  END IF;
  IF NEW.number = 0 THEN
    NEW.number := given;
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER number_message BEFORE INSERT ON "Message" FOR EACH ROW EXECUTE FUNCTION number_message();

-- Where the conversation goes with its messages, there is nothing left to count.
CREATE FUNCTION uncount_message() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  public CONSTANT integer := (OLD.visibility = 'PUBLIC')::integer;
BEGIN
  UPDATE "Conversation" SET
    "messagesCount" = "messagesCount" - public,
    "internalMessagesCount" = "internalMessagesCount" - 1 + public
  WHERE "workspaceId" = OLD."workspaceId" AND id = OLD."conversationId";
  IF OLD."parentId" IS NOT NULL THEN
    UPDATE "Message" SET
      "repliesCount" = "repliesCount" - public,
      "internalRepliesCount" = "internalRepliesCount" - 1 + public
    WHERE "workspaceId" = OLD."workspaceId" AND "conversationId" = OLD."conversationId" AND id = OLD."parentId";
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER uncount_message AFTER DELETE ON "Message" FOR EACH ROW EXECUTE FUNCTION uncount_message();

-- The recount: conversations of a workspace whose counters, or whose messages' counters, differ from the rows they count, or whose
-- messages have a number that was not given yet. Empty unless triggers were off.
DROP FUNCTION conversation_recount(uuid);
CREATE FUNCTION conversation_recount(workspace uuid)
RETURNS TABLE (id uuid, children integer, messages integer, internal_messages integer, participants integer, last_number integer,
  messages_with_wrong_replies integer)
LANGUAGE sql STABLE AS $$
  SELECT c.id, counted.*
  FROM "Conversation" c
  CROSS JOIN LATERAL (SELECT
    (SELECT count(*)::integer FROM "Conversation" x WHERE x."workspaceId" = workspace AND x."parentId" = c.id),
    (SELECT count(*)::integer FROM "Message" x
      WHERE x."workspaceId" = workspace AND x."conversationId" = c.id AND x.visibility = 'PUBLIC'),
    (SELECT count(*)::integer FROM "Message" x
      WHERE x."workspaceId" = workspace AND x."conversationId" = c.id AND x.visibility = 'INTERNAL'),
    (SELECT count(*)::integer FROM "Participant" x WHERE x."workspaceId" = workspace AND x."conversationId" = c.id),
    (SELECT coalesce(max(number), 0) FROM "Message" x WHERE x."workspaceId" = workspace AND x."conversationId" = c.id),
    (SELECT count(*)::integer FROM "Message" m
      CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE x.visibility = 'PUBLIC') AS shown, count(*) FILTER (WHERE x.visibility = 'INTERNAL') AS internal
        FROM "Message" x WHERE x."workspaceId" = workspace AND x."parentId" = m.id
      ) AS replies
      WHERE m."workspaceId" = workspace AND m."conversationId" = c.id
        AND (m."repliesCount", m."internalRepliesCount") IS DISTINCT FROM (replies.shown, replies.internal))
  ) AS counted (children, messages, internal_messages, participants, last_number, messages_with_wrong_replies)
  WHERE c."workspaceId" = workspace
    AND ((counted.children, counted.messages, counted.internal_messages, counted.participants)
      IS DISTINCT FROM (c."childrenCount", c."messagesCount", c."internalMessagesCount", c."participantsCount")
      OR counted.last_number > c."lastMessageNumber" OR counted.messages_with_wrong_replies > 0)
$$;
