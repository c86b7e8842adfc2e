-- CreateEnum
CREATE TYPE "EventType" AS ENUM ('CONVERSATION_CREATED', 'CONVERSATION_UPDATED', 'CONVERSATION_MOVED', 'CONVERSATION_DELETED', 'CHANNEL_LINKED', 'PARTICIPANT_JOINED', 'PARTICIPANT_LEFT', 'PARTICIPANT_READ', 'CUSTOMER_CREATED', 'CUSTOMER_UPDATED', 'CUSTOMER_DELETED', 'MESSAGE_SENT', 'MESSAGE_UPDATED', 'MESSAGE_DELETED');

-- CreateTable
CREATE TABLE "EventLog" (
    "workspaceId" UUID NOT NULL,
    "head" BIGINT NOT NULL DEFAULT 0,
    "tail" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "EventLog_pkey" PRIMARY KEY ("workspaceId")
);

-- CreateTable
CREATE TABLE "Event" (
    "workspaceId" UUID NOT NULL,
    "number" BIGINT NOT NULL,
    "id" UUID NOT NULL DEFAULT uuid_v7(),
    "type" "EventType" NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "integrationId" UUID,
    "memberId" UUID,
    "conversationId" UUID,
    "messageId" UUID,
    "channelId" UUID,
    "subjectMemberId" UUID,
    "customerId" UUID,
    "internal" BOOLEAN NOT NULL DEFAULT false,
    "changedFields" TEXT[],
    "before" JSONB,

    CONSTRAINT "Event_pkey" PRIMARY KEY ("workspaceId","number")
);

-- CreateIndex
CREATE INDEX "Event_workspaceId_conversationId_number_idx" ON "Event"("workspaceId", "conversationId", "number");

-- AddForeignKey
ALTER TABLE "EventLog" ADD CONSTRAINT "EventLog_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "Event" ADD CONSTRAINT "Event_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE NO ACTION;

-- ── What Prisma's schema cannot say ──────────────────────────────────────────────────────────────────────────────────

-- Readers who are not shown what is internal do not look through it either.
CREATE INDEX "Event_public_idx" ON "Event" ("workspaceId", number) WHERE NOT internal;
CREATE INDEX "Event_conversation_public_idx" ON "Event" ("workspaceId", "conversationId", number) WHERE NOT internal;

-- Every event updates the row of its log: its next version finds room beside it.
ALTER TABLE "EventLog" SET (fillfactor = 50);
INSERT INTO "EventLog" ("workspaceId") SELECT id FROM "Workspace";

-- Appending -----------------------------------------------------------------------------------------------------------

-- Gives an event the next number of its workspace. The row of the log stays locked until the transaction ends, so the order of numbers
-- is the order of commit. It has to be the last lock that a transaction takes: the triggers that append are deferred to its end. A log
-- is made with its first event. When a workspace is deleted, its log goes with it, and nothing is appended.
CREATE FUNCTION append_event(event "Event") RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  caller CONSTANT text[] := string_to_array(nullif(current_setting('parley.caller', true), ''), ',');
  by_integration CONSTANT uuid := caller[1]::uuid;
  by_member CONSTANT uuid := caller[2]::uuid;
  given bigint;
  moment timestamptz;
BEGIN
  UPDATE "EventLog" SET head = head + 1 WHERE "workspaceId" = event."workspaceId" RETURNING head INTO given;
  IF given IS NULL THEN
    PERFORM FROM "Workspace" WHERE id = event."workspaceId";
    IF NOT FOUND THEN
      RETURN;
    END IF;
    INSERT INTO "EventLog" AS log ("workspaceId", head) VALUES (event."workspaceId", 1)
    ON CONFLICT ("workspaceId") DO UPDATE SET head = log.head + 1 RETURNING head INTO given;
  END IF;
  moment := clock_timestamp();
  INSERT INTO "Event" ("workspaceId", number, type, at, "integrationId", "memberId", "conversationId", "messageId", "channelId",
    "subjectMemberId", "customerId", internal, "changedFields", before)
  VALUES (event."workspaceId", given, event.type, moment, by_integration, by_member, event."conversationId", event."messageId",
    event."channelId", event."subjectMemberId", event."customerId", coalesce(event.internal, false), coalesce(event."changedFields", '{}'),
    event.before);
END
$$;

-- `metadata.<key>` for each key at the top that has another value.
CREATE FUNCTION changed_metadata(before jsonb, after jsonb) RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  RETURN ARRAY(
    SELECT 'metadata.' || key FROM jsonb_object_keys(before || after) AS key
    WHERE before -> key IS DISTINCT FROM after -> key ORDER BY key COLLATE "C");
END
$$;

-- One function for each table. What is compared with an enum is a variable: a sharded database sends a row's enum wrongly.

CREATE FUNCTION tell_of_conversation() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  event "Event";
BEGIN
  event.type := TG_ARGV[0];
  IF TG_OP = 'DELETE' THEN
    event."workspaceId" := OLD."workspaceId";
    event."conversationId" := OLD.id;
  ELSE
    event."workspaceId" := NEW."workspaceId";
    event."conversationId" := NEW.id;
  END IF;
  IF TG_ARGV[0] = 'CONVERSATION_MOVED' THEN
    event."changedFields" := '{parentId}';
    event.before := jsonb_build_object('parentId', 'conversation_' || OLD."parentId");
  ELSIF TG_ARGV[0] = 'CONVERSATION_UPDATED' THEN
    event."changedFields" := changed_metadata(OLD.metadata, NEW.metadata);
    IF OLD.name IS DISTINCT FROM NEW.name THEN
      event."changedFields" := ARRAY['name'] || event."changedFields";
      event.before := jsonb_build_object('name', OLD.name);
    END IF;
  END IF;
  PERFORM append_event(event);
  RETURN NULL;
END
$$;

CREATE FUNCTION tell_of_channel() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  event "Event";
BEGIN
  event.type := 'CHANNEL_LINKED';
  event."workspaceId" := NEW."workspaceId";
  event."conversationId" := NEW."conversationId";
  event."channelId" := NEW."channelId";
  PERFORM append_event(event);
  RETURN NULL;
END
$$;

-- A participant who goes with the conversation is not told. To have read an internal message is internal, too.
CREATE FUNCTION tell_of_participant() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  event "Event";
  who CONSTANT "Participant" := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
BEGIN
  event.type := TG_ARGV[0];
  event."workspaceId" := who."workspaceId";
  event."conversationId" := who."conversationId";
  event."subjectMemberId" := who."memberId";
  event."customerId" := who."customerId";
  IF TG_OP = 'DELETE' THEN
    PERFORM FROM "Conversation" WHERE "workspaceId" = who."workspaceId" AND id = who."conversationId";
    IF NOT FOUND THEN
      RETURN NULL;
    END IF;
  ELSIF TG_OP = 'UPDATE' THEN
    SELECT visibility = 'INTERNAL' INTO event.internal FROM "Message"
    WHERE "workspaceId" = who."workspaceId" AND "conversationId" = who."conversationId" AND number = who."lastReadNumber";
  END IF;
  PERFORM append_event(event);
  RETURN NULL;
END
$$;

CREATE FUNCTION tell_of_customer() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  event "Event";
BEGIN
  event.type := TG_ARGV[0];
  IF TG_OP = 'DELETE' THEN
    event."workspaceId" := OLD."workspaceId";
    event."customerId" := OLD.id;
  ELSE
    event."workspaceId" := NEW."workspaceId";
    event."customerId" := NEW.id;
  END IF;
  IF TG_OP = 'UPDATE' THEN
    event."changedFields" := array_remove(ARRAY[
      CASE WHEN OLD."externalId" IS DISTINCT FROM NEW."externalId" THEN 'externalId' END,
      CASE WHEN OLD.name IS DISTINCT FROM NEW.name THEN 'name' END,
      CASE WHEN OLD.email IS DISTINCT FROM NEW.email THEN 'email' END,
      CASE WHEN OLD.phone IS DISTINCT FROM NEW.phone THEN 'phone' END,
      CASE WHEN OLD.image IS DISTINCT FROM NEW.image THEN 'image' END
    ], NULL) || changed_metadata(OLD.metadata, NEW.metadata);
    IF OLD.name IS DISTINCT FROM NEW.name THEN
      event.before := jsonb_build_object('name', OLD.name);
    END IF;
  END IF;
  PERFORM append_event(event);
  RETURN NULL;
END
$$;

CREATE FUNCTION tell_of_message() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  event "Event";
BEGIN
  event.type := TG_ARGV[0];
  event."workspaceId" := NEW."workspaceId";
  event."conversationId" := NEW."conversationId";
  event."messageId" := NEW.id;
  event.internal := NEW.visibility = 'INTERNAL';
  IF TG_ARGV[0] = 'MESSAGE_UPDATED' THEN
    event."changedFields" := array_remove(ARRAY[
      CASE WHEN (OLD.text, OLD.language, OLD.translations) IS DISTINCT FROM (NEW.text, NEW.language, NEW.translations)
        THEN 'content' END,
      CASE WHEN OLD.attachments IS DISTINCT FROM NEW.attachments THEN 'attachments' END
    ], NULL) || changed_metadata(OLD.metadata, NEW.metadata);
  END IF;
  PERFORM append_event(event);
  RETURN NULL;
END
$$;

-- The triggers are deferred: before they run, a transaction has taken all its other locks. They run for each row, because a sharded
-- database has no transition tables. A change of a counter meets no WHEN, so it is no event.

CREATE CONSTRAINT TRIGGER tell_created AFTER INSERT ON "Conversation" DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION tell_of_conversation('CONVERSATION_CREATED');
CREATE CONSTRAINT TRIGGER tell_updated AFTER UPDATE OF name, metadata ON "Conversation" DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN ((OLD.name, OLD.metadata) IS DISTINCT FROM (NEW.name, NEW.metadata))
  EXECUTE FUNCTION tell_of_conversation('CONVERSATION_UPDATED');
CREATE CONSTRAINT TRIGGER tell_moved AFTER UPDATE OF "parentId" ON "Conversation" DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (OLD."parentId" IS DISTINCT FROM NEW."parentId") EXECUTE FUNCTION tell_of_conversation('CONVERSATION_MOVED');
CREATE CONSTRAINT TRIGGER tell_deleted AFTER DELETE ON "Conversation" DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION tell_of_conversation('CONVERSATION_DELETED');

CREATE CONSTRAINT TRIGGER tell_linked AFTER INSERT ON "ConversationChannel" DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION tell_of_channel();

CREATE CONSTRAINT TRIGGER tell_joined AFTER INSERT ON "Participant" DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION tell_of_participant('PARTICIPANT_JOINED');
CREATE CONSTRAINT TRIGGER tell_left AFTER DELETE ON "Participant" DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION tell_of_participant('PARTICIPANT_LEFT');
CREATE CONSTRAINT TRIGGER tell_read AFTER UPDATE OF "lastReadNumber" ON "Participant" DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (OLD."lastReadNumber" <> NEW."lastReadNumber") EXECUTE FUNCTION tell_of_participant('PARTICIPANT_READ');

CREATE CONSTRAINT TRIGGER tell_created AFTER INSERT ON "Customer" DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION tell_of_customer('CUSTOMER_CREATED');
CREATE CONSTRAINT TRIGGER tell_updated AFTER UPDATE OF "externalId", name, email, phone, image, metadata ON "Customer"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN ((OLD."externalId", OLD.name, OLD.email, OLD.phone, OLD.image, OLD.metadata)
    IS DISTINCT FROM (NEW."externalId", NEW.name, NEW.email, NEW.phone, NEW.image, NEW.metadata))
  EXECUTE FUNCTION tell_of_customer('CUSTOMER_UPDATED');
CREATE CONSTRAINT TRIGGER tell_deleted AFTER DELETE ON "Customer" DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION tell_of_customer('CUSTOMER_DELETED');

-- Messages go only with their conversation.
CREATE CONSTRAINT TRIGGER tell_sent AFTER INSERT ON "Message" DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION tell_of_message('MESSAGE_SENT');
CREATE CONSTRAINT TRIGGER tell_updated AFTER UPDATE OF text, language, translations, attachments, metadata ON "Message"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (NEW."deletedAt" IS NULL AND (OLD.text, OLD.language, OLD.translations, OLD.attachments, OLD.metadata)
    IS DISTINCT FROM (NEW.text, NEW.language, NEW.translations, NEW.attachments, NEW.metadata))
  EXECUTE FUNCTION tell_of_message('MESSAGE_UPDATED');
CREATE CONSTRAINT TRIGGER tell_deleted AFTER UPDATE OF "deletedAt" ON "Message" DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (OLD."deletedAt" IS NULL AND NEW."deletedAt" IS NOT NULL) EXECUTE FUNCTION tell_of_message('MESSAGE_DELETED');
