-- Functions ------------------------------------------------------------------------------------------------------------

-- PL/pgSQL throughout: PostgreSQL parses a function in SQL anew in each statement that calls it, which cost an update more than all else.

-- JSON Merge Patch (RFC 7396).
CREATE OR REPLACE FUNCTION jsonb_merge_patch(target jsonb, patch jsonb) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  kept jsonb := CASE jsonb_typeof(target) WHEN 'object' THEN target ELSE '{}' END;
  set_to jsonb;
  removed text[];
BEGIN
  IF jsonb_typeof(patch) <> 'object' THEN
    RETURN patch;
  END IF;
  SELECT
    jsonb_object_agg(key, CASE jsonb_typeof(value) WHEN 'object' THEN jsonb_merge_patch(kept -> key, value) ELSE value END)
      FILTER (WHERE jsonb_typeof(value) <> 'null'),
    array_agg(key) FILTER (WHERE jsonb_typeof(value) = 'null')
  INTO set_to, removed FROM jsonb_each(patch);
  RETURN (kept - coalesce(removed, '{}')) || coalesce(set_to, '{}');
END
$$;

-- Bytes of the value as compact JSON: its text without the space after each ":" and ",".
CREATE OR REPLACE FUNCTION jsonb_compact_size(value jsonb) RETURNS integer LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  RETURN octet_length(value::text) - (
    SELECT coalesce(sum(CASE jsonb_typeof(part)
      WHEN 'object' THEN greatest(0, 2 * (SELECT count(*) FROM jsonb_object_keys(part)) - 1)
      WHEN 'array' THEN greatest(0, jsonb_array_length(part) - 1)
      ELSE 0
    END), 0)
    FROM jsonb_path_query(value, 'strict $.**') AS part
  );
END
$$;

-- What a name is found by: any three characters in a row, and the first one and two.
CREATE OR REPLACE FUNCTION name_grams(name text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  RETURN ARRAY(SELECT substr(name, place, 3) FROM generate_series(-1, char_length(name) - 2) AS place);
END
$$;

-- When a conversation changed ------------------------------------------------------------------------------------------

-- Whoever writes, and without computing the new metadata twice.
CREATE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW."updatedAt" := now();
  RETURN NEW;
END
$$;
CREATE TRIGGER set_updated_at BEFORE UPDATE OF name, metadata, "parentId" ON "Conversation"
  FOR EACH ROW WHEN ((NEW.name, NEW.metadata, NEW."parentId") IS DISTINCT FROM (OLD.name, OLD.metadata, OLD."parentId"))
  EXECUTE FUNCTION set_updated_at();

-- Indexes --------------------------------------------------------------------------------------------------------------

-- A change of metadata writes to every index of its row. The primary key of what belongs to a workspace is its unique key.
ALTER TABLE "Conversation" DROP CONSTRAINT "Conversation_pkey",
  ADD CONSTRAINT "Conversation_pkey" PRIMARY KEY USING INDEX "Conversation_workspaceId_id_key";
ALTER TABLE "Customer" DROP CONSTRAINT "Customer_pkey",
  ADD CONSTRAINT "Customer_pkey" PRIMARY KEY USING INDEX "Customer_workspaceId_id_key";
ALTER TABLE "Participant" DROP CONSTRAINT "Participant_pkey",
  ADD CONSTRAINT "Participant_pkey" PRIMARY KEY USING INDEX "Participant_workspaceId_id_key";
ALTER TABLE "Message" DROP CONSTRAINT "Message_pkey",
  ADD CONSTRAINT "Message_pkey" PRIMARY KEY USING INDEX "Message_workspaceId_id_key";

-- No entries of rows that nobody looks for there.
DROP INDEX "Conversation_workspaceId_parentId_id_idx";
CREATE INDEX "Conversation_below_id_idx" ON "Conversation" ("workspaceId", "parentId", id) WHERE "parentId" IS NOT NULL;
DROP INDEX "Conversation_memberSet_top_level_key";
CREATE UNIQUE INDEX "Conversation_memberSet_top_level_key" ON "Conversation" ("workspaceId", "memberSet")
  WHERE "parentId" IS NULL AND "memberSet" IS NOT NULL;
