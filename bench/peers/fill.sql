-- The data that every server is measured on: 21 workspaces, about 110,000 conversations, 1,000,000 messages. "measured" and "growth" exist
-- already, each with the member of its key. The gateway's triggers and foreign keys are off: the counters are given.

SET session_replication_role = replica;
SELECT setseed(0.42);

-- The n-th id of a kind: version 7, rising with n.
CREATE FUNCTION pg_temp.id(kind text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
  SELECT (lpad(to_hex(1767225600000 + n), 12, '0') || '70008' || substr(md5(kind || n), 1, 15))::uuid
$$;

INSERT INTO "Workspace" (id, slug, name) SELECT pg_temp.id('workspace', w), 'other-' || w, 'Other ' || w FROM generate_series(1, 19) AS w;
CREATE TEMP TABLE workspace AS
  SELECT id, row_number() OVER (ORDER BY slug <> 'measured', slug) AS w, slug, CASE slug WHEN 'measured' THEN 2000 ELSE 300 END AS customers
  FROM "Workspace";

INSERT INTO "Member" (id, "workspaceId", name)
  SELECT pg_temp.id('member', w * 20 + n), id, 'Member ' || n FROM workspace, generate_series(1, 20) AS n ON CONFLICT DO NOTHING;
CREATE TEMP TABLE member AS SELECT id, "workspaceId", substr(name, 8)::int AS n FROM "Member";

INSERT INTO "Customer" (id, "workspaceId", "externalId", name, "searchName", metadata)
  SELECT pg_temp.id('customer', w * 10000 + n), id, 'user_' || n, 'Customer ' || n, 'customer ' || n, '{"plan": "free"}'
  FROM workspace, generate_series(1, customers) AS n;
CREATE TEMP TABLE customer AS SELECT id, "workspaceId", substr("externalId", 6)::int AS n FROM "Customer";

CREATE TEMP TABLE conversation (
  n bigserial, id uuid, "workspaceId" uuid, "parentId" uuid, "customerId" uuid, type text, name text, metadata jsonb,
  messages integer DEFAULT least(600, floor(3.6 * power(random(), -0.6)))
);
CREATE FUNCTION pg_temp.metadata(n bigint) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT jsonb_build_object('source', 'api', 'priority', (ARRAY['low', 'normal', 'high'])[1 + n % 3],
    'tags', jsonb_build_array('t' || n % 7, 't' || n % 11), 'order', jsonb_build_object('id', n, 'total', n * 1.25))
$$;

-- Lists are newest first: the parent of 10,000, the oldest, is not on the first page.
INSERT INTO conversation ("workspaceId", type, name, metadata, messages) SELECT id, 'GROUP', 'children-10000', '{}', 0 FROM workspace WHERE slug = 'measured';
INSERT INTO conversation ("workspaceId", "customerId", type, name, metadata)
  SELECT w.id, c.id, CASE WHEN c.n % 4 = 0 THEN 'GROUP' ELSE 'DIRECT' END, 'Conversation ' || c.n, pg_temp.metadata(c.n)
  FROM workspace w JOIN customer c ON c."workspaceId" = w.id WHERE slug <> 'growth' ORDER BY c.n, w.w;
INSERT INTO conversation ("workspaceId", type, name, metadata, messages)
  SELECT id, 'GROUP', 'children-' || 10 ^ n, '{}', 0 FROM workspace, generate_series(1, 4) AS n WHERE slug = 'growth';
INSERT INTO conversation ("workspaceId", type, name, metadata, messages)
  SELECT id, 'GROUP', 'messages-' || 10 ^ n, '{}', 10 ^ n FROM workspace, generate_series(0, 5) AS n WHERE slug = 'growth';
UPDATE conversation SET id = pg_temp.id('conversation', n);

-- Below them: 10 on average, up to 40, and as many as a name says.
INSERT INTO conversation ("workspaceId", "parentId", "customerId", type, name, metadata)
  SELECT p."workspaceId", p.id, coalesce(p."customerId", c.id), 'GROUP', 'Order #' || j, pg_temp.metadata(j)
  FROM (
    SELECT *, CASE WHEN name LIKE 'children-%' THEN substr(name, 10)::int WHEN name LIKE 'messages-%' THEN 0 ELSE floor(41 * power(random(), 3)) END::int AS below
    FROM conversation
  ) AS p
  CROSS JOIN LATERAL generate_series(1, p.below) AS j JOIN customer c ON c."workspaceId" = p."workspaceId" AND c.n = 1 + j % 300;
UPDATE conversation SET id = pg_temp.id('conversation', n) WHERE id IS NULL;
-- Some below the newest of the 10,000, so that their counts differ.
INSERT INTO conversation ("workspaceId", "parentId", "customerId", type, name, metadata)
  SELECT c."workspaceId", c.id, c."customerId", 'GROUP', 'Part ' || j, '{}'
  FROM (SELECT c.* FROM conversation c JOIN conversation p ON p.id = c."parentId" WHERE p.name = 'children-10000' ORDER BY c.n DESC LIMIT 6000) AS c
  CROSS JOIN LATERAL generate_series(1, (c.n % 4)::int) AS j;
UPDATE conversation SET id = pg_temp.id('conversation', n) WHERE id IS NULL;
ANALYZE conversation, member;

INSERT INTO "Conversation" (id, "workspaceId", "parentId", "topId", "customerId", type, name, "searchName", metadata,
    "childrenCount", "messagesCount", "lastMessageNumber", "participantsCount", "createdAt", "updatedAt", "lastActivityAt", "treeLastActivityAt")
  SELECT c.id, c."workspaceId", c."parentId", top, c."customerId", c.type::"ConversationType", c.name, lower(c.name), c.metadata,
    coalesce(below.count, 0), c.messages, c.messages, 3, at, at, active,
    CASE WHEN top IS NULL THEN max(active) OVER (PARTITION BY coalesce(top, c.id)) END
  FROM conversation c
  LEFT JOIN conversation p ON p.id = c."parentId"
  LEFT JOIN (SELECT "parentId" AS id, count(*) FROM conversation GROUP BY 1) AS below ON below.id = c.id
  CROSS JOIN LATERAL (SELECT timestamptz '2026-01-01Z' + c.n * interval '1 ms' AS at) AS time
  -- Trees are three levels high at most.
  CROSS JOIN LATERAL (SELECT coalesce(p."parentId", c."parentId") AS top, at + c.messages * interval '1 s' AS active) AS tree
  ORDER BY c.n;

-- The customer, or a third member, and two members: at the top one of them is the key's.
INSERT INTO "Participant" (id, "workspaceId", "conversationId", "memberId", "customerId")
  SELECT pg_temp.id('participant', c.n * 3 + k), c."workspaceId", c.id, m.id, CASE WHEN m.id IS NULL THEN c."customerId" END
  FROM conversation c CROSS JOIN generate_series(0, 2) AS k
  LEFT JOIN member m ON m."workspaceId" = c."workspaceId" AND (k > 0 OR c."customerId" IS NULL)
    AND m.n = CASE WHEN k = 1 AND c."parentId" IS NULL THEN 1 ELSE 2 + (c.n * 3 + k) % 19 END
  ORDER BY c.n, k;

INSERT INTO "Message" (id, "workspaceId", "conversationId", number, text, "createdAt")
  SELECT pg_temp.id('message', c.n * 1000000 + j), c."workspaceId", c.id, j, 'Message ' || j || ' lorem ipsum dolor sit amet',
    timestamptz '2026-01-01Z' + c.n * interval '1 ms' + j * interval '1 s'
  FROM conversation c CROSS JOIN LATERAL generate_series(1, c.messages) AS j;

RESET session_replication_role;
