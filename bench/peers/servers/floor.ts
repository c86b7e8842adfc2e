import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { first, fromCursor, pool, port, workspaceOf } from "./listen.ts";

// The least that an answer costs: node:http, no GraphQL, one hand-written prepared statement that builds the JSON of the answer. An operation is
// known by its name. COUNTERS=on reads the counts where the gateway keeps them instead of counting rows, as the peers do.

// biome-ignore lint/suspicious/noExplicitAny: variables as they come.
type Variables = any;

const json = (value: string) => `coalesce(to_json(${value})::text, 'null')`;
const cursor = (id: string) => `translate(encode(convert_to(${id}, 'UTF8'), 'base64'), E'+/=\\n', '-_')`;

const counts =
  process.env.COUNTERS === "on"
    ? `'{"children":' || c.children_count || ',"messages":' || c.messages_count || '}'`
    : `'{"children":' || (SELECT count(*) FROM conversation x WHERE x.parent_id = c.id)
       || ',"messages":' || (SELECT count(*) FROM message x WHERE x.conversation_id = c.id) || '}'`;

const participants = `(SELECT '[' || coalesce(string_agg('{"id":"' || p.id
    || '","member":' || coalesce((SELECT '{"name":' || to_json(m.name) || '}' FROM member m WHERE m.id = p.member_id), 'null')
    || ',"customer":' || coalesce((SELECT '{"name":' || ${json("u.name")} || '}' FROM customer u WHERE u.id = p.customer_id), 'null')
    || '}', ','), '') || ']' FROM (SELECT * FROM participant p WHERE p.conversation_id = c.id ORDER BY p.id) AS p)`;

const conversation = `'{"id":"' || c.id || '","name":' || ${json("c.name")} || ',"metadata":' || c.metadata || '}'`;

const statements: Record<string, { text: string; values: (variables: Variables, workspace: string) => unknown[] }> = {
  Q1: {
    text: `SELECT '{"conversation":' || coalesce((SELECT '{"children":' || (
        SELECT '{"nodes":[' || coalesce(string_agg(node, ',') FILTER (WHERE at <= $4), '')
          || '],"pageInfo":{"hasNextPage":' || (count(*) > $4)::text
          || ',"endCursor":' || ${json(cursor("min(id::text) FILTER (WHERE at <= $4)"))} || '}}'
        FROM (SELECT c.id, c.at, CASE WHEN c.at <= $4 THEN '{"id":"' || c.id || '","name":' || ${json("c.name")}
            || ',"metadata":' || c.metadata || ',"counts":' || ${counts} || ',"participants":' || ${participants} || '}' END AS node
          FROM (SELECT row_number() OVER (ORDER BY id DESC) AS at, c.* FROM conversation c
            WHERE c.parent_id = owner.id AND c.id < $3 ORDER BY c.id DESC LIMIT $4 + 1) AS c) AS page) || '}'
      FROM conversation owner WHERE owner.id = $1 AND owner.workspace_id = $2), 'null') || '}' AS data`,
    values: (v, workspace) => [v.id, workspace, v.after ? fromCursor(v.after) : first, v.first],
  },
  Q2: {
    text: `SELECT '{"conversations":{"nodes":[' || coalesce(string_agg('{"id":"' || top.id || '","name":' || ${json("top.name")}
        || ',"children":{"nodes":[' || (SELECT coalesce(string_agg('{"id":"' || c.id || '","name":' || ${json("c.name")}
          || ',"participants":' || ${participants} || ',"counts":' || ${counts} || '}', ','), '')
          FROM (SELECT * FROM conversation c WHERE c.parent_id = top.id ORDER BY c.id DESC LIMIT $2) AS c)
        || ']}}', ','), '') || ']}}' AS data
      FROM (SELECT * FROM conversation c WHERE c.workspace_id = $1 AND c.parent_id IS NULL ORDER BY c.id DESC LIMIT 50) AS top`,
    values: (v, workspace) => [workspace, v.first],
  },
  Q3: {
    text: `SELECT '{"node":' || coalesce((SELECT '{"id":"' || id || '","name":' || ${json("name")} || ',"type":"' || type || '"}'
      FROM conversation WHERE id = $1 AND workspace_id = $2), 'null') || '}' AS data`,
    values: (v, workspace) => [v.id, workspace],
  },
  Q4: {
    text: `SELECT '{"conversation":' || coalesce((SELECT '{"counts":' || ${counts} || ',"messages":{"nodes":[' || (
        SELECT coalesce(string_agg('{"id":"' || id || '","text":' || to_json(text) || '}', ','), '')
        FROM (SELECT * FROM message x WHERE x.conversation_id = c.id ORDER BY x.id DESC LIMIT 1) AS last) || ']}}'
      FROM conversation c WHERE c.id = $1 AND c.workspace_id = $2), 'null') || '}' AS data`,
    values: (v, workspace) => [v.id, workspace],
  },
  Q5: {
    text: `SELECT '{"conversation":' || coalesce((SELECT '{"messages":{"nodes":[' || (
        SELECT coalesce(string_agg('{"id":"' || id || '","text":' || to_json(text) || '}', ','), '')
        FROM (SELECT * FROM message x WHERE x.conversation_id = c.id ORDER BY x.id DESC LIMIT $3) AS page) || ']}}'
      FROM conversation c WHERE c.id = $1 AND c.workspace_id = $2), 'null') || '}' AS data`,
    values: (v, workspace) => [v.id, workspace, v.first],
  },
  M1: {
    text: `SELECT '{"getOrCreateConversation":{"conversation":' || ${conversation} || '}}' AS data
      FROM customer u JOIN conversation c ON c.workspace_id = u.workspace_id AND c.customer_id = u.id AND c.parent_id IS NULL
      WHERE u.workspace_id = $1 AND u.external_id = $2`,
    values: (v, workspace) => [workspace, v.input.customer.externalId],
  },
  M2: {
    text: `UPDATE conversation c SET metadata = c.metadata || $3::jsonb WHERE c.id = $1 AND c.workspace_id = $2
      RETURNING '{"updateConversation":{"conversation":' || ${conversation} || '}}' AS data`,
    values: (v, workspace) => [v.input.id, workspace, JSON.stringify(v.input.metadata)],
  },
  M3: {
    text: `INSERT INTO message (conversation_id, author_member_id, text)
      SELECT c.id, $4, $3 FROM conversation c WHERE c.id = $1 AND c.workspace_id = $2
      RETURNING '{"sendMessage":{"message":{"text":' || to_json(text) || '}}}' AS data`,
    values: (v, workspace) => [v.input.conversationId, workspace, v.input.text, v.input.authorId],
  },
};

async function answer(body: string, key: string): Promise<string> {
  const { operationName: name, variables } = JSON.parse(body);
  const statement = statements[name];
  if (!statement) throw new Error(`Unknown operation ${name}.`);
  const { rows } = await pool.query({
    name,
    text: statement.text,
    values: statement.values(variables, await workspaceOf(key)),
  });
  return `{"data":${rows[0].data}}`;
}

createServer(async (request, response) => {
  try {
    const body = await answer(await text(request), String(request.headers["x-api-key"]));
    response.writeHead(200, {
      "content-type": "application/json; charset=utf-8",
      "content-length": Buffer.byteLength(body),
    });
    response.end(body);
  } catch (error) {
    response.writeHead(500, { "content-type": "application/json" });
    response.end(JSON.stringify({ errors: [{ message: String(error) }] }));
  }
}).listen(port, "127.0.0.1");
