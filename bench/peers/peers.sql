-- The same rows, as one would lay them out for the peers: plain names, a key and a foreign key each, the indexes that their pages need.

CREATE SCHEMA peers;
SET search_path = peers, public, pg_temp;

CREATE TYPE conversation_type AS ENUM ('DIRECT', 'GROUP');
CREATE TABLE workspace (id uuid PRIMARY KEY, name text NOT NULL);
CREATE TABLE member (id uuid PRIMARY KEY, workspace_id uuid NOT NULL REFERENCES workspace, name text NOT NULL);
CREATE TABLE api_key (hash bytea PRIMARY KEY, workspace_id uuid NOT NULL REFERENCES workspace);
CREATE TABLE customer (
  id uuid PRIMARY KEY, workspace_id uuid NOT NULL REFERENCES workspace, external_id text, name text, UNIQUE (workspace_id, external_id)
);
CREATE TABLE conversation (
  id uuid PRIMARY KEY, workspace_id uuid NOT NULL REFERENCES workspace, parent_id uuid REFERENCES conversation, customer_id uuid REFERENCES customer,
  type conversation_type NOT NULL, name text, metadata jsonb NOT NULL, children_count integer NOT NULL, messages_count integer NOT NULL,
  last_message_number integer NOT NULL, last_activity_at timestamptz NOT NULL
) WITH (fillfactor = 85);
CREATE TABLE participant (
  id uuid PRIMARY KEY, conversation_id uuid NOT NULL REFERENCES conversation, member_id uuid REFERENCES member, customer_id uuid REFERENCES customer,
  last_read_number integer NOT NULL DEFAULT 0
) WITH (fillfactor = 85);
CREATE TABLE message (
  id uuid PRIMARY KEY DEFAULT public.uuid_v7(), conversation_id uuid NOT NULL REFERENCES conversation, number integer NOT NULL DEFAULT 0,
  author_member_id uuid REFERENCES member, text text NOT NULL CHECK (char_length(text) <= 10000), metadata jsonb NOT NULL DEFAULT '{}',
  idempotency_key text, created_at timestamptz NOT NULL DEFAULT now()
);

SET session_replication_role = replica;
INSERT INTO workspace SELECT id, name FROM "Workspace";
INSERT INTO member SELECT id, "workspaceId", name FROM "Member";
INSERT INTO api_key SELECT hash, "workspaceId" FROM "ApiKey";
INSERT INTO customer SELECT id, "workspaceId", "externalId", name FROM "Customer";
INSERT INTO conversation
  SELECT id, "workspaceId", "parentId", "customerId", type::text::conversation_type, name, metadata, "childrenCount", "messagesCount",
    "lastMessageNumber", "lastActivityAt"
  FROM "Conversation" ORDER BY id;
INSERT INTO participant SELECT id, "conversationId", "memberId", "customerId" FROM "Participant" ORDER BY id;
INSERT INTO message (id, conversation_id, number, text, created_at) SELECT id, "conversationId", number, text, "createdAt" FROM "Message";
RESET session_replication_role;

CREATE INDEX ON conversation (parent_id, id);
CREATE INDEX ON conversation (workspace_id, id) WHERE parent_id IS NULL;
CREATE INDEX ON conversation (workspace_id, customer_id, id) WHERE parent_id IS NULL;
CREATE INDEX ON conversation (customer_id);
CREATE INDEX ON participant (conversation_id, id);
CREATE INDEX ON participant (member_id);
CREATE INDEX ON participant (customer_id);
CREATE INDEX ON message (conversation_id, id);
CREATE UNIQUE INDEX ON message (conversation_id, number);
CREATE UNIQUE INDEX ON message (conversation_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX ON conversation (workspace_id, last_activity_at, id) WHERE parent_id IS NULL;
CREATE INDEX ON member (workspace_id);

-- The rules of a message that the gateway keeps, as a team would add them to such tables: its author takes part and has read it, it is
-- numbered and counted under the lock of its conversation, and moves the last activity.
CREATE FUNCTION number_message() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  author uuid;
BEGIN
  SELECT p.id INTO author FROM peers.participant p
  WHERE p.conversation_id = NEW.conversation_id AND p.member_id = NEW.author_member_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the author does not take part in the conversation';
  END IF;
  UPDATE peers.conversation SET last_message_number = last_message_number + 1, messages_count = messages_count + 1,
    last_activity_at = greatest(last_activity_at, NEW.created_at)
  WHERE id = NEW.conversation_id RETURNING last_message_number INTO NEW.number;
  UPDATE peers.participant SET last_read_number = NEW.number WHERE id = author AND last_read_number = NEW.number - 1;
  RETURN NEW;
END
$$;
CREATE TRIGGER number_message BEFORE INSERT ON message FOR EACH ROW EXECUTE FUNCTION number_message();

-- PostGraphile makes its mutations of functions, and takes names from comments.
CREATE FUNCTION get_or_create_conversation(workspace uuid, external_id text) RETURNS conversation LANGUAGE sql VOLATILE AS $$
  SELECT c.* FROM customer u JOIN conversation c ON c.workspace_id = u.workspace_id AND c.customer_id = u.id AND c.parent_id IS NULL
  WHERE u.workspace_id = $1 AND u.external_id = $2
$$;
CREATE FUNCTION merge_conversation(workspace uuid, conversation_id uuid, patch jsonb) RETURNS conversation LANGUAGE sql VOLATILE AS $$
  UPDATE conversation c SET metadata = c.metadata || patch WHERE c.id = $2 AND c.workspace_id = $1 RETURNING c.*
$$;
COMMENT ON CONSTRAINT conversation_parent_id_fkey ON conversation IS E'@foreignFieldName kids\n@fieldName parent';
COMMENT ON COLUMN conversation.workspace_id IS E'@behavior +attribute:filterBy';
RESET search_path;
