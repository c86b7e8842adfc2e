-- AlterTable
ALTER TABLE "Conversation" ADD COLUMN     "topId" UUID,
ADD COLUMN     "treeLastActivityAt" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "Member" ADD COLUMN     "searchName" TEXT COLLATE "C";

-- What is there already.
WITH RECURSIVE below AS (
  SELECT "workspaceId", id AS top, id, "lastActivityAt" FROM "Conversation" WHERE "parentId" IS NULL
  UNION ALL
  SELECT c."workspaceId", below.top, c.id, c."lastActivityAt" FROM below
  JOIN "Conversation" c ON c."workspaceId" = below."workspaceId" AND c."parentId" = below.id
), tree AS (
  SELECT "workspaceId", top, max("lastActivityAt") AS latest FROM below GROUP BY 1, 2
)
UPDATE "Conversation" AS c SET
  "topId" = CASE WHEN c.id <> below.top THEN below.top END,
  "treeLastActivityAt" = CASE WHEN c.id = below.top THEN tree.latest END
FROM below JOIN tree USING ("workspaceId", top)
WHERE c."workspaceId" = below."workspaceId" AND c.id = below.id;

-- AddForeignKey
ALTER TABLE "Conversation" ADD CONSTRAINT "Conversation_workspaceId_topId_fkey" FOREIGN KEY ("workspaceId", "topId") REFERENCES "Conversation"("workspaceId", "id") ON DELETE NO ACTION ON UPDATE CASCADE;

-- ── What Prisma's schema cannot say ──────────────────────────────────────────────────────────────────────────────────

ALTER TABLE "Conversation"
  ADD CONSTRAINT "Conversation_treeLastActivityAt_shown"
    CHECK ("treeLastActivityAt" >= '0001-01-01 00:00:00+00' AND "treeLastActivityAt" < '10000-01-01 00:00:00+00'),
  ADD CONSTRAINT "Conversation_top_of_tree"
    CHECK (("parentId" IS NULL) = ("topId" IS NULL) AND ("topId" IS NULL) = ("treeLastActivityAt" IS NOT NULL));

-- Indexes -------------------------------------------------------------------------------------------------------------

-- The conversations below a top-level one.
CREATE INDEX "Conversation_topId_idx" ON "Conversation" ("workspaceId", "topId", id) WHERE "topId" IS NOT NULL;

-- Top-level conversations by each order. Those of one type or owner by activity are found by an index of either.
DROP INDEX "Conversation_top_type_lastActivityAt_idx";
DROP INDEX "Conversation_top_owner_lastActivityAt_idx";
CREATE INDEX "Conversation_top_treeLastActivityAt_idx" ON "Conversation" ("workspaceId", "treeLastActivityAt", id) WHERE "parentId" IS NULL;
CREATE INDEX "Conversation_top_updatedAt_idx" ON "Conversation" ("workspaceId", "updatedAt", id) WHERE "parentId" IS NULL;
-- By the beginning of the name: an entry of an index has room for no more.
CREATE INDEX "Conversation_top_name_idx" ON "Conversation" ("workspaceId", left(coalesce("searchName", ''), 64), id) WHERE "parentId" IS NULL;

-- Customers and members by each order, and what they and channels are searched by.
CREATE INDEX "Customer_updatedAt_idx" ON "Customer" ("workspaceId", "updatedAt", id);
CREATE INDEX "Customer_name_idx" ON "Customer" ("workspaceId", left(coalesce("searchName", ''), 64), id);
CREATE INDEX "Member_name_idx" ON "Member" ("workspaceId", left(coalesce("searchName", ''), 64), id);
CREATE INDEX "Member_unfolded_idx" ON "Member" ("workspaceId", id) WHERE name IS NOT NULL AND "searchName" IS NULL;

-- The grams of the three. PostgreSQL makes and analyses an index without the schema in its search path: so this calls no function of ours.
CREATE FUNCTION customer_grams(name text, email text, "externalId" text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  RETURN ARRAY(
    SELECT substr(part, place, 3) FROM unnest(ARRAY[name, email, lower("externalId" COLLATE "C")]) AS part
    CROSS JOIN LATERAL generate_series(-1, char_length(part) - 2) AS place
  );
END
$$;
DROP INDEX "Customer_name_search_idx";
CREATE INDEX "Customer_search_idx" ON "Customer"
  USING gin ("workspaceId", customer_grams("searchName", "emailKey", "externalId"));
CREATE INDEX "Member_search_idx" ON "Member" USING gin ("workspaceId", name_grams("searchName"));
CREATE INDEX "Channel_search_idx" ON "Channel" USING gin ("workspaceId", name_grams(lower(identifier COLLATE "C")));

-- Triggers ------------------------------------------------------------------------------------------------------------
--
-- A transaction that locks several conversations of a tree locks the lower ones first and the top-level one last. A message locks its
-- conversation and then the top. A move and a cascading deletion take lock_conversation_tree before they lock any row: then a move locks
-- what is below, itself, the parents, the tops; a cascading deletion locks its tree level by level, from the lowest one up.

CREATE FUNCTION begin_tree() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW."topId" := NULL;
  NEW."treeLastActivityAt" := NEW."lastActivityAt";
  IF TG_OP = 'UPDATE' THEN
    PERFORM lock_conversation_tree(NEW."workspaceId");
    WITH RECURSIVE down AS (
      SELECT NEW.id AS id, NEW."lastActivityAt" AS active
      UNION ALL
      SELECT c.id, c."lastActivityAt" FROM down
      JOIN "Conversation" c ON c."workspaceId" = NEW."workspaceId" AND c."parentId" = down.id
    )
    SELECT max(active) INTO NEW."treeLastActivityAt" FROM down;
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER begin_tree_on_insert BEFORE INSERT ON "Conversation"
  FOR EACH ROW WHEN (NEW."parentId" IS NULL) EXECUTE FUNCTION begin_tree();
CREATE TRIGGER begin_tree_on_move BEFORE UPDATE OF "parentId" ON "Conversation"
  FOR EACH ROW WHEN (NEW."parentId" IS NULL AND OLD."parentId" IS NOT NULL) EXECUTE FUNCTION begin_tree();

-- Locks what is below a conversation that is about to be moved, before anything else is locked.
CREATE FUNCTION lock_conversation_subtree(workspace uuid, conversation uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM lock_conversation_tree(workspace);
  PERFORM FROM "Conversation" WHERE "workspaceId" = workspace AND id IN (
    WITH RECURSIVE down AS (
      SELECT c.id FROM "Conversation" c WHERE c."workspaceId" = workspace AND c."parentId" = conversation
      UNION ALL
      SELECT c.id FROM down JOIN "Conversation" c ON c."workspaceId" = workspace AND c."parentId" = down.id
    )
    SELECT down.id FROM down
  ) ORDER BY id FOR NO KEY UPDATE;
END
$$;

-- Refuses a conversation under itself (PY001) and a path of more than 10 conversations (PY002), and notes the top of the tree.
CREATE OR REPLACE FUNCTION guard_conversation_tree() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  max_levels CONSTANT integer := 10;
  above integer;
  below integer := 1;
  cyclic boolean;
  top uuid;
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('conversation tree ' || NEW."workspaceId", 0));
  ELSE
    PERFORM lock_conversation_tree(NEW."workspaceId");
  END IF;

  WITH RECURSIVE up AS (
    SELECT id, "parentId", 1 AS level FROM "Conversation"
    WHERE "workspaceId" = NEW."workspaceId" AND id = NEW."parentId"
    UNION ALL
    SELECT c.id, c."parentId", up.level + 1 FROM up
    JOIN "Conversation" c ON c."workspaceId" = NEW."workspaceId" AND c.id = up."parentId"
    WHERE up.level <= max_levels
  )
  SELECT count(*), coalesce(bool_or(id = NEW.id), false) OR NEW."parentId" = NEW.id, (array_agg(id ORDER BY level DESC))[1]
  INTO above, cyclic, top FROM up;
  IF cyclic THEN
    RAISE EXCEPTION 'a conversation cannot stand under itself' USING ERRCODE = 'PY001';
  END IF;

  IF TG_OP = 'UPDATE' THEN
    WITH RECURSIVE down AS (
      SELECT NEW.id AS id, 1 AS level
      UNION ALL
      SELECT c.id, down.level + 1 FROM down
      JOIN "Conversation" c ON c."workspaceId" = NEW."workspaceId" AND c."parentId" = down.id
      WHERE down.level <= max_levels
    )
    SELECT max(level) INTO below FROM down;
  END IF;
  IF above + below > max_levels THEN
    RAISE EXCEPTION 'conversations nest at most % levels deep', max_levels USING ERRCODE = 'PY002';
  END IF;
  -- Where there is no such parent, its foreign key says so.
  NEW."topId" := coalesce(top, NEW."parentId");
  NEW."treeLastActivityAt" := NULL;
  RETURN NEW;
END
$$;

-- A conversation that is opened is activity of its tree. Most are opened directly under the top, whose row is written once then.
CREATE OR REPLACE FUNCTION count_children() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  sign CONSTANT integer := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
BEGIN
  UPDATE "Conversation" AS parent SET
    "childrenCount" = "childrenCount" + changed.n,
    "treeLastActivityAt" = CASE WHEN parent."topId" IS NULL THEN greatest("treeLastActivityAt", changed.latest) END
  FROM (
    SELECT "workspaceId", "parentId", count(*) * sign AS n, max("lastActivityAt") FILTER (WHERE sign = 1) AS latest
    FROM changed_rows WHERE "parentId" IS NOT NULL GROUP BY 1, 2
  ) AS changed
  WHERE parent."workspaceId" = changed."workspaceId" AND parent.id = changed."parentId";
  IF sign = 1 THEN
    UPDATE "Conversation" AS top SET "treeLastActivityAt" = changed.latest
    FROM (
      SELECT "workspaceId", "topId", max("lastActivityAt") AS latest
      FROM changed_rows WHERE "topId" <> "parentId" GROUP BY 1, 2
    ) AS changed
    WHERE top."workspaceId" = changed."workspaceId" AND top.id = changed."topId" AND top."treeLastActivityAt" < changed.latest;
  END IF;
  RETURN NULL;
END
$$;

-- The parents' counters, and the tree of what is below: its top, and that one's activity.
CREATE OR REPLACE FUNCTION count_moved_child() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  top CONSTANT uuid := coalesce(NEW."topId", NEW.id);
  latest timestamptz := NEW."lastActivityAt";
BEGIN
  IF top <> coalesce(OLD."topId", OLD.id) THEN
    WITH RECURSIVE down AS (
      SELECT c.id FROM "Conversation" c WHERE c."workspaceId" = NEW."workspaceId" AND c."parentId" = NEW.id
      UNION ALL
      SELECT c.id FROM down JOIN "Conversation" c ON c."workspaceId" = NEW."workspaceId" AND c."parentId" = down.id
    ), placed AS (
      UPDATE "Conversation" AS c SET "topId" = top FROM down
      WHERE c."workspaceId" = NEW."workspaceId" AND c.id = down.id RETURNING c."lastActivityAt" AS active
    )
    SELECT greatest(latest, max(active)) INTO latest FROM placed;
  END IF;
  UPDATE "Conversation" SET "childrenCount" = "childrenCount" + CASE WHEN id = NEW."parentId" THEN 1 ELSE -1 END
  WHERE "workspaceId" = NEW."workspaceId" AND id IN (OLD."parentId", NEW."parentId") AND "topId" IS NOT NULL;
  UPDATE "Conversation" SET
    "childrenCount" = "childrenCount" + (id IS NOT DISTINCT FROM NEW."parentId")::integer - (id IS NOT DISTINCT FROM OLD."parentId")::integer,
    "treeLastActivityAt" = CASE WHEN id = top THEN greatest("treeLastActivityAt", latest) ELSE "treeLastActivityAt" END
  WHERE "workspaceId" = NEW."workspaceId" AND id IN (OLD."parentId", NEW."parentId", NEW."topId") AND "topId" IS NULL;
  RETURN NULL;
END
$$;

-- As before, and the activity of the tree.
CREATE OR REPLACE FUNCTION number_message() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  asks CONSTANT integer := (NEW.number = 0)::integer;
  public CONSTANT integer := (NEW.visibility = 'PUBLIC')::integer;
  active CONSTANT timestamptz := CASE public WHEN 1 THEN NEW."createdAt" END;
  given integer;
  top uuid;
BEGIN
  UPDATE "Conversation" SET
    "lastMessageNumber" = greatest("lastMessageNumber" + asks, NEW.number),
    "messagesCount" = "messagesCount" + public,
    "internalMessagesCount" = "internalMessagesCount" + 1 - public,
    "lastActivityAt" = greatest("lastActivityAt", active),
    "treeLastActivityAt" = CASE WHEN "topId" IS NULL THEN greatest("treeLastActivityAt", active) END
  WHERE "workspaceId" = NEW."workspaceId" AND id = NEW."conversationId"
  RETURNING "lastMessageNumber", "topId" INTO given, top;
  IF NOT FOUND THEN
    RAISE foreign_key_violation USING MESSAGE = 'the conversation of the message is gone';
  END IF;
  IF top IS NOT NULL AND public = 1 THEN
    UPDATE "Conversation" SET "treeLastActivityAt" = active
    WHERE "workspaceId" = NEW."workspaceId" AND id = top AND "treeLastActivityAt" < active;
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

-- The recount, and conversations that note another top than theirs, or as tops an earlier activity than their tree had.
DROP FUNCTION conversation_recount(uuid);
CREATE FUNCTION conversation_recount(workspace uuid)
RETURNS TABLE (id uuid, children integer, messages integer, internal_messages integer, participants integer, last_number integer,
  messages_with_wrong_replies integer, top uuid, tree_active timestamptz)
LANGUAGE sql STABLE AS $$
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
      OR counted.tree_active > c."treeLastActivityAt")
$$;
