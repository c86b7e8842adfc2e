-- What keeps Citus from spreading the tables by workspace, and helps nobody on one PostgreSQL.

-- Foreign keys --------------------------------------------------------------------------------------------------------

-- No id ever changes, and no operation deletes what was made to disappear from the rows that name it: a foreign key only checks, or
-- takes its rows along.
DO $$
DECLARE
  key record;
BEGIN
  FOR key IN
    SELECT conrelid::regclass AS place, conname AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint
    WHERE contype = 'f' AND connamespace = quote_ident(current_schema())::regnamespace AND (confupdtype = 'c' OR confdeltype = 'n')
    ORDER BY oid
  LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %2$I %s', key.place, key.name,
      regexp_replace(key.definition, ' ON UPDATE CASCADE| ON DELETE SET NULL \([^)]*\)', '', 'g'));
  END LOOP;
END
$$;

-- Keys ----------------------------------------------------------------------------------------------------------------

-- As those of the other records of a workspace.
ALTER TABLE "ConversationChannel" DROP CONSTRAINT "ConversationChannel_workspaceId_channelId_fkey";
ALTER TABLE "Channel" DROP CONSTRAINT "Channel_pkey",
  ADD CONSTRAINT "Channel_pkey" PRIMARY KEY USING INDEX "Channel_workspaceId_id_key";
ALTER TABLE "ConversationChannel" ADD CONSTRAINT "ConversationChannel_workspaceId_channelId_fkey"
  FOREIGN KEY ("workspaceId", "channelId") REFERENCES "Channel" ("workspaceId", id) ON DELETE CASCADE;

-- Counters ------------------------------------------------------------------------------------------------------------

-- Row by row: shards have no transition tables.
DROP TRIGGER count_children_on_insert ON "Conversation";
DROP TRIGGER count_children_on_delete ON "Conversation";
DROP FUNCTION count_children();
CREATE FUNCTION count_child() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    UPDATE "Conversation" SET "childrenCount" = "childrenCount" - 1 WHERE "workspaceId" = OLD."workspaceId" AND id = OLD."parentId";
    RETURN NULL;
  END IF;
  UPDATE "Conversation" SET
    "childrenCount" = "childrenCount" + 1,
    "treeLastActivityAt" = CASE WHEN "topId" IS NULL THEN greatest("treeLastActivityAt", NEW."lastActivityAt") END
  WHERE "workspaceId" = NEW."workspaceId" AND id = NEW."parentId";
  IF NEW."topId" <> NEW."parentId" THEN
    UPDATE "Conversation" SET "treeLastActivityAt" = NEW."lastActivityAt"
    WHERE "workspaceId" = NEW."workspaceId" AND id = NEW."topId" AND "treeLastActivityAt" < NEW."lastActivityAt";
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER count_child_on_insert AFTER INSERT ON "Conversation"
  FOR EACH ROW WHEN (NEW."parentId" IS NOT NULL) EXECUTE FUNCTION count_child();
CREATE TRIGGER count_child_on_delete AFTER DELETE ON "Conversation"
  FOR EACH ROW WHEN (OLD."parentId" IS NOT NULL) EXECUTE FUNCTION count_child();

DROP TRIGGER count_participants_on_insert ON "Participant";
DROP TRIGGER count_participants_on_delete ON "Participant";
DROP FUNCTION count_participants();
CREATE FUNCTION count_participant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    UPDATE "Conversation" SET "participantsCount" = "participantsCount" + 1
    WHERE "workspaceId" = NEW."workspaceId" AND id = NEW."conversationId";
  ELSE
    UPDATE "Conversation" SET "participantsCount" = "participantsCount" - 1
    WHERE "workspaceId" = OLD."workspaceId" AND id = OLD."conversationId";
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER count_participant_on_insert AFTER INSERT ON "Participant" FOR EACH ROW EXECUTE FUNCTION count_participant();
CREATE TRIGGER count_participant_on_delete AFTER DELETE ON "Participant" FOR EACH ROW EXECUTE FUNCTION count_participant();

-- As it was, in PL/pgSQL: Citus plans no function in SQL that a query calls.
CREATE OR REPLACE FUNCTION conversation_recount(workspace uuid)
RETURNS TABLE (id uuid, children integer, messages integer, internal_messages integer, participants integer, last_number integer,
  messages_with_wrong_replies integer, top uuid, tree_active timestamptz)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH RECURSIVE tree AS (
    SELECT c.id AS top, c.id, c."lastActivityAt" FROM "Conversation" c WHERE c."workspaceId" = workspace AND c."parentId" IS NULL
    UNION ALL
    SELECT tree.top, c.id, c."lastActivityAt" FROM tree
    JOIN "Conversation" c ON c."workspaceId" = workspace AND c."parentId" = tree.id
  ), activity AS (
    SELECT tree.top, max(tree."lastActivityAt") AS latest FROM tree GROUP BY 1
  )
  SELECT c.id, counted.*
  FROM "Conversation" c
  LEFT JOIN tree ON tree.id = c.id
  LEFT JOIN activity ON activity.top = c.id
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
        AND (m."repliesCount", m."internalRepliesCount") IS DISTINCT FROM (replies.shown, replies.internal)),
    nullif(tree.top, c.id),
    activity.latest
  ) AS counted (children, messages, internal_messages, participants, last_number, messages_with_wrong_replies, top, tree_active)
  WHERE c."workspaceId" = workspace
    AND ((counted.children, counted.messages, counted.internal_messages, counted.participants, counted.top)
      IS DISTINCT FROM (c."childrenCount", c."messagesCount", c."internalMessagesCount", c."participantsCount", c."topId")
      OR counted.last_number > c."lastMessageNumber" OR counted.messages_with_wrong_replies > 0
      OR counted.tree_active > c."treeLastActivityAt");
END
$$;

-- Distribution --------------------------------------------------------------------------------------------------------

-- A migration calls this after it has made a table of a workspace's records. On a database that Citus spreads, the table goes to the
-- shards of its workspaces; on a plain PostgreSQL nothing happens.
CREATE FUNCTION distribute_by_workspace(made regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  spread boolean := false;
BEGIN
  IF to_regclass('pg_catalog.pg_dist_partition') IS NOT NULL THEN
    EXECUTE 'SELECT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = $1)' INTO spread USING '"Conversation"'::regclass;
  END IF;
  IF spread THEN
    EXECUTE 'SELECT create_distributed_table($1, ''workspaceId'', colocate_with => $2)' USING made, '"Conversation"';
  END IF;
END
$$;

-- The checks of metadata call it, and it calls a function of ours: a restore has no search_path in which that would be found.
-- Citus knows no FROM CURRENT.
DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION jsonb_compact_size(jsonb) SET search_path TO %s', current_setting('search_path'));
END
$$;
