-- Ids are made by the database, so that several gateways share one clock: UUID version 7 (RFC 9562), with a counter in rand_a
-- that keeps the order of ids made in the same millisecond.
CREATE SEQUENCE uuid_v7_counter;

CREATE FUNCTION uuid_v7() RETURNS uuid LANGUAGE sql VOLATILE AS $$
  SELECT (
    lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0')
    || '7' || lpad(to_hex(nextval('uuid_v7_counter') & 4095), 3, '0')
    || substr(replace(gen_random_uuid()::text, '-', ''), 17)
  )::uuid
$$;


-- CreateEnum
CREATE TYPE "ConversationType" AS ENUM ('DIRECT', 'GROUP');

-- CreateEnum
CREATE TYPE "ChannelKind" AS ENUM ('WEBSITE', 'EMAIL', 'PHONE');

-- CreateTable
CREATE TABLE "Workspace" (
    "id" UUID NOT NULL DEFAULT uuid_v7(),
    "slug" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Workspace_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Member" (
    "id" UUID NOT NULL DEFAULT uuid_v7(),
    "workspaceId" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Member_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Integration" (
    "id" UUID NOT NULL DEFAULT uuid_v7(),
    "workspaceId" UUID NOT NULL,
    "memberId" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Integration_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ApiKey" (
    "id" UUID NOT NULL DEFAULT uuid_v7(),
    "workspaceId" UUID NOT NULL,
    "integrationId" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "hash" BYTEA NOT NULL,
    "permissions" TEXT[],
    "expiresAt" TIMESTAMPTZ(3),
    "revokedAt" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ApiKey_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Customer" (
    "id" UUID NOT NULL DEFAULT uuid_v7(),
    "workspaceId" UUID NOT NULL,
    "externalId" TEXT,
    "name" TEXT,
    "email" TEXT,
    "phone" TEXT,
    "image" TEXT,
    "metadata" JSONB NOT NULL DEFAULT '{}',
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Customer_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Channel" (
    "id" UUID NOT NULL DEFAULT uuid_v7(),
    "workspaceId" UUID NOT NULL,
    "kind" "ChannelKind" NOT NULL,
    "identifier" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Channel_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Conversation" (
    "id" UUID NOT NULL DEFAULT uuid_v7(),
    "workspaceId" UUID NOT NULL,
    "parentId" UUID,
    "customerId" UUID,
    "ownerIntegrationId" UUID,
    "type" "ConversationType" NOT NULL,
    "name" TEXT,
    "metadata" JSONB NOT NULL DEFAULT '{}',
    "memberSet" TEXT,
    "childrenCount" INTEGER NOT NULL DEFAULT 0,
    "messagesCount" INTEGER NOT NULL DEFAULT 0,
    "participantsCount" INTEGER NOT NULL DEFAULT 0,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lastActivityAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Conversation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Participant" (
    "id" UUID NOT NULL DEFAULT uuid_v7(),
    "workspaceId" UUID NOT NULL,
    "conversationId" UUID NOT NULL,
    "memberId" UUID,
    "customerId" UUID,
    "joinedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Participant_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ConversationChannel" (
    "workspaceId" UUID NOT NULL,
    "conversationId" UUID NOT NULL,
    "channelId" UUID NOT NULL,

    CONSTRAINT "ConversationChannel_pkey" PRIMARY KEY ("workspaceId","conversationId","channelId")
);

-- CreateTable
CREATE TABLE "Message" (
    "id" UUID NOT NULL DEFAULT uuid_v7(),
    "workspaceId" UUID NOT NULL,
    "conversationId" UUID NOT NULL,
    "authorMemberId" UUID,
    "authorCustomerId" UUID,
    "text" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Message_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "IdempotencyKey" (
    "workspaceId" UUID NOT NULL,
    "parentId" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "inputHash" TEXT NOT NULL,
    "conversationId" UUID NOT NULL,

    CONSTRAINT "IdempotencyKey_pkey" PRIMARY KEY ("workspaceId","parentId","key")
);

-- CreateIndex
CREATE UNIQUE INDEX "Workspace_slug_key" ON "Workspace"("slug");

-- CreateIndex
CREATE UNIQUE INDEX "Member_workspaceId_id_key" ON "Member"("workspaceId", "id");

-- CreateIndex
CREATE UNIQUE INDEX "Member_workspaceId_name_key" ON "Member"("workspaceId", "name");

-- CreateIndex
CREATE UNIQUE INDEX "Integration_workspaceId_id_key" ON "Integration"("workspaceId", "id");

-- CreateIndex
CREATE UNIQUE INDEX "Integration_workspaceId_name_key" ON "Integration"("workspaceId", "name");

-- CreateIndex
CREATE UNIQUE INDEX "ApiKey_hash_key" ON "ApiKey"("hash");

-- CreateIndex
CREATE INDEX "ApiKey_workspaceId_integrationId_idx" ON "ApiKey"("workspaceId", "integrationId");

-- CreateIndex
CREATE UNIQUE INDEX "ApiKey_workspaceId_id_key" ON "ApiKey"("workspaceId", "id");

-- CreateIndex
CREATE UNIQUE INDEX "Customer_workspaceId_id_key" ON "Customer"("workspaceId", "id");

-- CreateIndex
CREATE UNIQUE INDEX "Customer_workspaceId_externalId_key" ON "Customer"("workspaceId", "externalId");

-- CreateIndex
CREATE UNIQUE INDEX "Customer_workspaceId_phone_key" ON "Customer"("workspaceId", "phone");

-- CreateIndex
CREATE UNIQUE INDEX "Channel_workspaceId_id_key" ON "Channel"("workspaceId", "id");

-- CreateIndex
CREATE UNIQUE INDEX "Channel_workspaceId_kind_identifier_key" ON "Channel"("workspaceId", "kind", "identifier");

-- CreateIndex
CREATE INDEX "Conversation_workspaceId_parentId_id_idx" ON "Conversation"("workspaceId", "parentId", "id");

-- CreateIndex
CREATE INDEX "Conversation_workspaceId_customerId_id_idx" ON "Conversation"("workspaceId", "customerId", "id");

-- CreateIndex
CREATE UNIQUE INDEX "Conversation_workspaceId_id_key" ON "Conversation"("workspaceId", "id");

-- CreateIndex
CREATE INDEX "Participant_workspaceId_memberId_conversationId_idx" ON "Participant"("workspaceId", "memberId", "conversationId");

-- CreateIndex
CREATE INDEX "Participant_workspaceId_conversationId_id_idx" ON "Participant"("workspaceId", "conversationId", "id");

-- CreateIndex
CREATE UNIQUE INDEX "Participant_workspaceId_id_key" ON "Participant"("workspaceId", "id");

-- CreateIndex
CREATE UNIQUE INDEX "Participant_workspaceId_conversationId_memberId_key" ON "Participant"("workspaceId", "conversationId", "memberId");

-- CreateIndex
CREATE UNIQUE INDEX "Participant_workspaceId_conversationId_customerId_key" ON "Participant"("workspaceId", "conversationId", "customerId");

-- CreateIndex
CREATE INDEX "ConversationChannel_workspaceId_channelId_conversationId_idx" ON "ConversationChannel"("workspaceId", "channelId", "conversationId");

-- CreateIndex
CREATE INDEX "Message_workspaceId_conversationId_id_idx" ON "Message"("workspaceId", "conversationId", "id");

-- CreateIndex
CREATE UNIQUE INDEX "Message_workspaceId_id_key" ON "Message"("workspaceId", "id");

-- CreateIndex
CREATE INDEX "IdempotencyKey_workspaceId_conversationId_idx" ON "IdempotencyKey"("workspaceId", "conversationId");

-- AddForeignKey
ALTER TABLE "Member" ADD CONSTRAINT "Member_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Integration" ADD CONSTRAINT "Integration_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Integration" ADD CONSTRAINT "Integration_workspaceId_memberId_fkey" FOREIGN KEY ("workspaceId", "memberId") REFERENCES "Member"("workspaceId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ApiKey" ADD CONSTRAINT "ApiKey_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ApiKey" ADD CONSTRAINT "ApiKey_workspaceId_integrationId_fkey" FOREIGN KEY ("workspaceId", "integrationId") REFERENCES "Integration"("workspaceId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Customer" ADD CONSTRAINT "Customer_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Channel" ADD CONSTRAINT "Channel_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Conversation" ADD CONSTRAINT "Conversation_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Conversation" ADD CONSTRAINT "Conversation_workspaceId_parentId_fkey" FOREIGN KEY ("workspaceId", "parentId") REFERENCES "Conversation"("workspaceId", "id") ON DELETE NO ACTION ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Conversation" ADD CONSTRAINT "Conversation_workspaceId_customerId_fkey" FOREIGN KEY ("workspaceId", "customerId") REFERENCES "Customer"("workspaceId", "id") ON DELETE NO ACTION ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Conversation" ADD CONSTRAINT "Conversation_workspaceId_ownerIntegrationId_fkey" FOREIGN KEY ("workspaceId", "ownerIntegrationId") REFERENCES "Integration"("workspaceId", "id") ON DELETE SET NULL ("ownerIntegrationId") ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Participant" ADD CONSTRAINT "Participant_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Participant" ADD CONSTRAINT "Participant_workspaceId_conversationId_fkey" FOREIGN KEY ("workspaceId", "conversationId") REFERENCES "Conversation"("workspaceId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Participant" ADD CONSTRAINT "Participant_workspaceId_memberId_fkey" FOREIGN KEY ("workspaceId", "memberId") REFERENCES "Member"("workspaceId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Participant" ADD CONSTRAINT "Participant_workspaceId_customerId_fkey" FOREIGN KEY ("workspaceId", "customerId") REFERENCES "Customer"("workspaceId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ConversationChannel" ADD CONSTRAINT "ConversationChannel_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ConversationChannel" ADD CONSTRAINT "ConversationChannel_workspaceId_conversationId_fkey" FOREIGN KEY ("workspaceId", "conversationId") REFERENCES "Conversation"("workspaceId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ConversationChannel" ADD CONSTRAINT "ConversationChannel_workspaceId_channelId_fkey" FOREIGN KEY ("workspaceId", "channelId") REFERENCES "Channel"("workspaceId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Message" ADD CONSTRAINT "Message_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Message" ADD CONSTRAINT "Message_workspaceId_conversationId_fkey" FOREIGN KEY ("workspaceId", "conversationId") REFERENCES "Conversation"("workspaceId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Message" ADD CONSTRAINT "Message_workspaceId_authorMemberId_fkey" FOREIGN KEY ("workspaceId", "authorMemberId") REFERENCES "Member"("workspaceId", "id") ON DELETE SET NULL ("authorMemberId") ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Message" ADD CONSTRAINT "Message_workspaceId_authorCustomerId_fkey" FOREIGN KEY ("workspaceId", "authorCustomerId") REFERENCES "Customer"("workspaceId", "id") ON DELETE SET NULL ("authorCustomerId") ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "IdempotencyKey" ADD CONSTRAINT "IdempotencyKey_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "IdempotencyKey" ADD CONSTRAINT "IdempotencyKey_workspaceId_parentId_fkey" FOREIGN KEY ("workspaceId", "parentId") REFERENCES "Conversation"("workspaceId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "IdempotencyKey" ADD CONSTRAINT "IdempotencyKey_workspaceId_conversationId_fkey" FOREIGN KEY ("workspaceId", "conversationId") REFERENCES "Conversation"("workspaceId", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- ── What Prisma's schema cannot say ──────────────────────────────────────────────────────────────────────────────────

-- Metadata ------------------------------------------------------------------------------------------------------------

-- JSON Merge Patch (RFC 7396).
CREATE FUNCTION jsonb_merge_patch(target jsonb, patch jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN jsonb_typeof(patch) <> 'object' THEN patch ELSE (
    SELECT coalesce(jsonb_object_agg(key, value), '{}')
    FROM (
      SELECT key, value
      FROM jsonb_each(CASE WHEN jsonb_typeof(target) = 'object' THEN target ELSE '{}' END)
      WHERE NOT patch ? key
      UNION ALL
      SELECT key, jsonb_merge_patch(CASE WHEN jsonb_typeof(target) = 'object' THEN target -> key END, value)
      FROM jsonb_each(patch)
      WHERE jsonb_typeof(value) <> 'null'
    ) AS member
  ) END
$$;

-- Bytes of the value as compact JSON: its text without the space after each ":" and ",".
CREATE FUNCTION jsonb_compact_size(value jsonb) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT octet_length(value::text) - coalesce(sum(CASE jsonb_typeof(part)
    WHEN 'object' THEN greatest(0, 2 * (SELECT count(*) FROM jsonb_object_keys(part)) - 1)
    WHEN 'array' THEN greatest(0, jsonb_array_length(part) - 1)
    ELSE 0
  END), 0)::integer
  FROM jsonb_path_query(value, 'strict $.**') AS part
$$;

ALTER TABLE "Conversation"
  ADD CONSTRAINT "Conversation_metadata_object" CHECK (jsonb_typeof(metadata) = 'object'),
  ADD CONSTRAINT "Conversation_metadata_size"
    CHECK (octet_length(metadata::text) <= 16384 OR jsonb_compact_size(metadata) <= 16384);
ALTER TABLE "Customer"
  ADD CONSTRAINT "Customer_metadata_object" CHECK (jsonb_typeof(metadata) = 'object'),
  ADD CONSTRAINT "Customer_metadata_size"
    CHECK (octet_length(metadata::text) <= 16384 OR jsonb_compact_size(metadata) <= 16384);

-- Other rules of one row ----------------------------------------------------------------------------------------------

ALTER TABLE "Conversation"
  ADD CONSTRAINT "Conversation_name_length" CHECK (char_length(name) BETWEEN 1 AND 200),
  ADD CONSTRAINT "Conversation_memberSet_scope" CHECK ("memberSet" IS NULL OR (type = 'DIRECT' AND "customerId" IS NULL)),
  ADD CONSTRAINT "Conversation_counters" CHECK ("childrenCount" >= 0 AND "messagesCount" >= 0 AND "participantsCount" >= 0);
ALTER TABLE "Customer"
  ADD CONSTRAINT "Customer_externalId_length" CHECK (char_length("externalId") BETWEEN 1 AND 255),
  ADD CONSTRAINT "Customer_phone_e164" CHECK (phone ~ '^\+[1-9][0-9]{1,14}$');
ALTER TABLE "Participant"
  ADD CONSTRAINT "Participant_one_actor" CHECK (num_nonnulls("memberId", "customerId") = 1);
ALTER TABLE "Message"
  ADD CONSTRAINT "Message_one_author" CHECK (num_nonnulls("authorMemberId", "authorCustomerId") <= 1);
ALTER TABLE "ApiKey"
  ADD CONSTRAINT "ApiKey_hash_is_sha256" CHECK (octet_length(hash) = 32),
  ADD CONSTRAINT "ApiKey_permissions_known" CHECK (permissions <@ ARRAY[
    'fullAccess', 'connect360:conversation:read', 'connect360:conversation:engage', 'connect360:conversation:delete'
  ]);

-- Uniqueness ----------------------------------------------------------------------------------------------------------

CREATE UNIQUE INDEX "Customer_email_key" ON "Customer" ("workspaceId", lower(email));
-- One customer, one top-level conversation; one set of members, one direct conversation.
CREATE UNIQUE INDEX "Conversation_customer_top_level_key" ON "Conversation" ("workspaceId", "customerId") WHERE "parentId" IS NULL;
CREATE UNIQUE INDEX "Conversation_memberSet_top_level_key" ON "Conversation" ("workspaceId", "memberSet") WHERE "parentId" IS NULL;

-- Lists ---------------------------------------------------------------------------------------------------------------

CREATE EXTENSION IF NOT EXISTS btree_gin;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- Top-level conversations by each order, alone and with each filter that many of them may share.
CREATE INDEX "Conversation_top_createdAt_idx" ON "Conversation" ("workspaceId", "createdAt", id) WHERE "parentId" IS NULL;
CREATE INDEX "Conversation_top_lastActivityAt_idx" ON "Conversation" ("workspaceId", "lastActivityAt", id) WHERE "parentId" IS NULL;
CREATE INDEX "Conversation_top_type_createdAt_idx" ON "Conversation" ("workspaceId", type, "createdAt", id) WHERE "parentId" IS NULL;
CREATE INDEX "Conversation_top_type_lastActivityAt_idx" ON "Conversation" ("workspaceId", type, "lastActivityAt", id) WHERE "parentId" IS NULL;
CREATE INDEX "Conversation_top_owner_createdAt_idx" ON "Conversation" ("workspaceId", "ownerIntegrationId", "createdAt", id) WHERE "parentId" IS NULL;
CREATE INDEX "Conversation_top_owner_lastActivityAt_idx" ON "Conversation" ("workspaceId", "ownerIntegrationId", "lastActivityAt", id) WHERE "parentId" IS NULL;
-- The conversations under one parent by each order.
CREATE INDEX "Conversation_below_createdAt_idx" ON "Conversation" ("workspaceId", "parentId", "createdAt", id) WHERE "parentId" IS NOT NULL;
CREATE INDEX "Conversation_below_lastActivityAt_idx" ON "Conversation" ("workspaceId", "parentId", "lastActivityAt", id) WHERE "parentId" IS NOT NULL;
CREATE INDEX "Conversation_name_search_idx" ON "Conversation" USING gin ("workspaceId", name gin_trgm_ops);
CREATE INDEX "Conversation_metadata_idx" ON "Conversation" USING gin ("workspaceId", metadata jsonb_path_ops);
CREATE INDEX "Customer_name_search_idx" ON "Customer" USING gin ("workspaceId", name gin_trgm_ops);
CREATE INDEX "Customer_metadata_idx" ON "Customer" USING gin ("workspaceId", metadata jsonb_path_ops);

-- Tree ----------------------------------------------------------------------------------------------------------------

-- Moves within a workspace take turns, and wait for the inserts under way. Take it before locking a row.
CREATE FUNCTION lock_conversation_tree(workspace uuid) RETURNS void LANGUAGE sql AS $$
  SELECT pg_advisory_xact_lock(hashtextextended('conversation tree ' || workspace, 0))
$$;

-- Refuses a conversation under itself (PY001) and a path of more than 10 conversations (PY002).
CREATE FUNCTION guard_conversation_tree() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  max_levels CONSTANT integer := 10;
  above integer;
  below integer := 1;
  cyclic boolean;
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
  SELECT count(*), coalesce(bool_or(id = NEW.id), false) OR NEW."parentId" = NEW.id INTO above, cyclic FROM up;
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
  RETURN NEW;
END
$$;

CREATE TRIGGER guard_tree_on_insert BEFORE INSERT ON "Conversation"
  FOR EACH ROW WHEN (NEW."parentId" IS NOT NULL) EXECUTE FUNCTION guard_conversation_tree();
CREATE TRIGGER guard_tree_on_move BEFORE UPDATE OF "parentId" ON "Conversation"
  FOR EACH ROW WHEN (NEW."parentId" IS NOT NULL AND NEW."parentId" IS DISTINCT FROM OLD."parentId")
  EXECUTE FUNCTION guard_conversation_tree();

-- Counters ------------------------------------------------------------------------------------------------------------

CREATE FUNCTION count_children() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE "Conversation" AS parent SET "childrenCount" = "childrenCount" + changed.n
  FROM (
    SELECT "workspaceId", "parentId", count(*) * CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END AS n
    FROM changed_rows WHERE "parentId" IS NOT NULL GROUP BY 1, 2
  ) AS changed
  WHERE parent."workspaceId" = changed."workspaceId" AND parent.id = changed."parentId";
  RETURN NULL;
END
$$;
CREATE TRIGGER count_children_on_insert AFTER INSERT ON "Conversation"
  REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION count_children();
CREATE TRIGGER count_children_on_delete AFTER DELETE ON "Conversation"
  REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION count_children();

CREATE FUNCTION count_moved_child() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE "Conversation" SET "childrenCount" = "childrenCount" + CASE WHEN id = NEW."parentId" THEN 1 ELSE -1 END
  WHERE "workspaceId" = NEW."workspaceId" AND id IN (OLD."parentId", NEW."parentId");
  RETURN NULL;
END
$$;
CREATE TRIGGER count_children_on_move AFTER UPDATE OF "parentId" ON "Conversation"
  FOR EACH ROW WHEN (NEW."parentId" IS DISTINCT FROM OLD."parentId") EXECUTE FUNCTION count_moved_child();

CREATE FUNCTION count_participants() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE "Conversation" AS conversation SET "participantsCount" = "participantsCount" + changed.n
  FROM (
    SELECT "workspaceId", "conversationId", count(*) * CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END AS n
    FROM changed_rows GROUP BY 1, 2
  ) AS changed
  WHERE conversation."workspaceId" = changed."workspaceId" AND conversation.id = changed."conversationId";
  RETURN NULL;
END
$$;
CREATE TRIGGER count_participants_on_insert AFTER INSERT ON "Participant"
  REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION count_participants();
CREATE TRIGGER count_participants_on_delete AFTER DELETE ON "Participant"
  REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION count_participants();

CREATE FUNCTION count_messages() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE "Conversation" AS conversation SET
    "messagesCount" = "messagesCount" + changed.n,
    "lastActivityAt" = greatest("lastActivityAt", changed.latest)
  FROM (
    SELECT "workspaceId", "conversationId",
      count(*) * CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END AS n,
      max("createdAt") FILTER (WHERE TG_OP = 'INSERT') AS latest
    FROM changed_rows GROUP BY 1, 2
  ) AS changed
  WHERE conversation."workspaceId" = changed."workspaceId" AND conversation.id = changed."conversationId";
  RETURN NULL;
END
$$;
CREATE TRIGGER count_messages_on_insert AFTER INSERT ON "Message"
  REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION count_messages();
CREATE TRIGGER count_messages_on_delete AFTER DELETE ON "Message"
  REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION count_messages();

-- The recount: conversations of a workspace whose counters differ from the rows they count. Empty unless triggers were off.
CREATE FUNCTION conversation_recount(workspace uuid)
RETURNS TABLE (id uuid, children integer, messages integer, participants integer) LANGUAGE sql STABLE AS $$
  SELECT c.id, counted.*
  FROM "Conversation" c
  CROSS JOIN LATERAL (SELECT
    (SELECT count(*)::integer FROM "Conversation" x WHERE x."workspaceId" = workspace AND x."parentId" = c.id),
    (SELECT count(*)::integer FROM "Message" x WHERE x."workspaceId" = workspace AND x."conversationId" = c.id),
    (SELECT count(*)::integer FROM "Participant" x WHERE x."workspaceId" = workspace AND x."conversationId" = c.id)
  ) AS counted (children, messages, participants)
  WHERE c."workspaceId" = workspace
    AND (counted.children, counted.messages, counted.participants)
      IS DISTINCT FROM (c."childrenCount", c."messagesCount", c."participantsCount")
$$;
