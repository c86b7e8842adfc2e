-- What a write costs, and nothing else: every rule, event and refusal is as it was.

DO $migration$
DECLARE
  place record;
BEGIN

-- Functions -----------------------------------------------------------------------------------------------------------

-- PL/pgSQL evaluates an expression by itself, and runs a query with all that a statement needs. So these have as few queries as they can.

-- What a name is found by: any three characters in a row, and the first one and two.
CREATE OR REPLACE FUNCTION name_grams(name text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  grams text[] := '{}';
BEGIN
  FOR place IN -1 .. char_length(name) - 2 LOOP
    grams := grams || substr(name, place, 3);
  END LOOP;
  RETURN grams;
END
$$;

-- The grams of the three. PostgreSQL makes and analyses an index without the schema in its search path: so this calls no function of ours.
CREATE OR REPLACE FUNCTION customer_grams(name text, email text, "externalId" text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  grams text[] := '{}';
  part text;
BEGIN
  FOREACH part IN ARRAY ARRAY[name, email, lower("externalId" COLLATE "C")] LOOP
    FOR place IN -1 .. coalesce(char_length(part), 0) - 2 LOOP
      grams := grams || substr(part, place, 3);
    END LOOP;
  END LOOP;
  RETURN grams;
END
$$;

-- JSON Merge Patch (RFC 7396). A patch that removes nothing and has no object in it replaces the values of its keys.
CREATE OR REPLACE FUNCTION jsonb_merge_patch(target jsonb, patch jsonb) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  kept CONSTANT jsonb := CASE jsonb_typeof(target) WHEN 'object' THEN target ELSE '{}' END;
  set_to jsonb;
  removed text[];
BEGIN
  IF jsonb_typeof(patch) <> 'object' THEN
    RETURN patch;
  END IF;
  IF NOT patch @? 'strict $.* ? (@ == null || @.type() == "object")' THEN
    RETURN kept || patch;
  END IF;
  SELECT
    jsonb_object_agg(key, CASE jsonb_typeof(value) WHEN 'object' THEN jsonb_merge_patch(kept -> key, value) ELSE value END)
      FILTER (WHERE jsonb_typeof(value) <> 'null'),
    array_agg(key) FILTER (WHERE jsonb_typeof(value) = 'null')
  INTO set_to, removed FROM jsonb_each(patch);
  RETURN (kept - coalesce(removed, '{}')) || coalesce(set_to, '{}');
END
$$;

-- Events --------------------------------------------------------------------------------------------------------------

-- Nothing is ordered or found by the id of an event: its number says its place.
ALTER TABLE "Event" ALTER COLUMN id SET DEFAULT gen_random_uuid();

-- Gives an event the next number of its workspace. The row of the log stays locked until the transaction ends, so the order of numbers
-- is the order of commit. It has to be the last lock that a transaction takes: the triggers that append are deferred to its end. A log
-- is made with its first event. When a workspace is deleted, its log goes with it, and nothing is appended.
CREATE OR REPLACE FUNCTION append_event(event "Event") RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  caller CONSTANT text := current_setting('parley.caller', true);
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
  VALUES (event."workspaceId", given, event.type, moment, nullif(split_part(caller, ',', 1), '')::uuid,
    nullif(split_part(caller, ',', 2), '')::uuid, event."conversationId", event."messageId", event."channelId", event."subjectMemberId",
    event."customerId", coalesce(event.internal, false), coalesce(event."changedFields", '{}'), event.before);
END
$$;

-- A call in an expression is no query, as one by PERFORM is.

CREATE OR REPLACE FUNCTION tell_of_conversation() RETURNS trigger LANGUAGE plpgsql AS $$
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
  IF append_event(event) IS NULL THEN
  END IF;
  RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION tell_of_channel() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  event "Event";
BEGIN
  event.type := 'CHANNEL_LINKED';
  event."workspaceId" := NEW."workspaceId";
  event."conversationId" := NEW."conversationId";
  event."channelId" := NEW."channelId";
  IF append_event(event) IS NULL THEN
  END IF;
  RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION tell_of_participant() RETURNS trigger LANGUAGE plpgsql AS $$
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
  IF append_event(event) IS NULL THEN
  END IF;
  RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION tell_of_customer() RETURNS trigger LANGUAGE plpgsql AS $$
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
  IF append_event(event) IS NULL THEN
  END IF;
  RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION tell_of_message() RETURNS trigger LANGUAGE plpgsql AS $$
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
  IF append_event(event) IS NULL THEN
  END IF;
  RETURN NULL;
END
$$;

-- CHECKs --------------------------------------------------------------------------------------------------------------

-- PostgreSQL reads the text of every CHECK in each statement that writes a row.
FOR place IN
  SELECT quote_ident(relname) AS name, quote_ident(relname || '_times_shown') AS rule, string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS times,
    string_agg(format('DROP CONSTRAINT %I', conname), ', ') AS dropped
  FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
  WHERE contype = 'c' AND connamespace = quote_ident(current_schema())::regnamespace AND conname = relname || '_' || attname || '_shown'
  GROUP BY relname HAVING count(*) > 1
LOOP
  EXECUTE format(
    $alter$ALTER TABLE %s ADD CONSTRAINT %s
      CHECK (least(%3$s) >= '0001-01-01 00:00:00+00' AND greatest(%3$s) < '10000-01-01 00:00:00+00')$alter$,
    place.name, place.rule, place.times);
  EXECUTE format('ALTER TABLE %s %s', place.name, place.dropped);
END LOOP;
END
$migration$;
