import Fastify from "fastify";
import { GraphQLScalarType } from "graphql";
import mercurius, { type IResolvers, type MercuriusLoaders } from "mercurius";
import { first as before, fromCursor, pool, port, toCursor, workspaceOf } from "./listen.ts";

// Mercurius with its JIT compiler, and hand-written, prepared SQL: one statement for all that a level of the answer needs, by its loaders.

const schema = /* GraphQL */ `
  scalar JSON
  interface Node { id: ID! }
  enum ConversationType { DIRECT GROUP }
  type Member { id: ID! name: String! }
  type Customer { id: ID! name: String }
  type Participant { id: ID! member: Member customer: Customer }
  type Counts { children: Int! messages: Int! }
  type Message { id: ID! text: String! }
  type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
  type ConversationEdge { cursor: String! node: Conversation! }
  type ConversationConnection { nodes: [Conversation!]! edges: [ConversationEdge!]! pageInfo: PageInfo! }
  type MessageConnection { nodes: [Message!]! }
  type Conversation implements Node {
    id: ID! name: String type: ConversationType! metadata: JSON! counts: Counts! participants: [Participant!]!
    children(first: Int, after: String): ConversationConnection! messages(first: Int): MessageConnection!
  }
  input CustomerInput { externalId: String! }
  input GetOrCreateConversationInput { type: ConversationType customer: CustomerInput }
  input UpdateConversationInput { id: ID! metadata: JSON }
  input SendMessageInput { conversationId: ID! authorId: ID! text: String! }
  type MessagePayload { message: Message! }
  type ConversationPayload { conversation: Conversation! }
  type Query {
    node(id: ID!): Node
    conversation(id: ID!): Conversation
    conversations(first: Int, after: String): ConversationConnection!
  }
  type Mutation {
    getOrCreateConversation(input: GetOrCreateConversationInput!): ConversationPayload!
    updateConversation(input: UpdateConversationInput!): ConversationPayload!
    sendMessage(input: SendMessageInput!): MessagePayload!
  }
`;

interface Row {
  id: string;
  owner: string;
}

async function rows<R = Row>(name: string, text: string, values: unknown[]): Promise<R[]> {
  return (await pool.query({ name, text, values })).rows;
}

const columns = "c.id, c.name, c.type, c.metadata";

const one = async (id: string, workspace: string) =>
  (
    await rows("one", `SELECT ${columns} FROM conversation c WHERE c.id = $1 AND c.workspace_id = $2`, [id, workspace])
  )[0];

const top = (workspace: string, limit: number, after: string) =>
  rows(
    "top",
    `SELECT ${columns} FROM conversation c
     WHERE c.workspace_id = $1 AND c.parent_id IS NULL AND c.id < $3 ORDER BY c.id DESC LIMIT $2`,
    [workspace, limit, after],
  );

const children = (owners: string[], limit: number, after: string) =>
  rows(
    "children",
    `SELECT owner.id AS owner, ${columns} FROM unnest($1::uuid[]) AS owner (id)
     CROSS JOIN LATERAL (SELECT * FROM conversation x WHERE x.parent_id = owner.id AND x.id < $3 ORDER BY x.id DESC LIMIT $2) AS c`,
    [owners, limit, after],
  );

const messages = (owners: string[], limit: number) =>
  rows(
    "messages",
    `SELECT owner.id AS owner, m.id, m.text FROM unnest($1::uuid[]) AS owner (id)
     CROSS JOIN LATERAL (SELECT * FROM message x WHERE x.conversation_id = owner.id ORDER BY x.id DESC LIMIT $2) AS m`,
    [owners, limit],
  );

const counts = (owners: string[]) =>
  rows(
    "counts",
    `SELECT (SELECT count(*)::int FROM conversation c WHERE c.parent_id = owner.id) AS children,
       (SELECT count(*)::int FROM message m WHERE m.conversation_id = owner.id) AS messages
     FROM unnest($1::uuid[]) WITH ORDINALITY AS owner (id, at) ORDER BY at`,
    [owners],
  );

const participants = (owners: string[]) =>
  rows<Row & { member: string | null; customer: string | null; customerId: string | null }>(
    "participants",
    `SELECT p.conversation_id AS owner, p.id, m.name AS member, u.name AS customer, p.customer_id AS "customerId"
     FROM participant p LEFT JOIN member m ON m.id = p.member_id LEFT JOIN customer u ON u.id = p.customer_id
     WHERE p.conversation_id = ANY ($1::uuid[]) ORDER BY p.id`,
    [owners],
  );

const reuse = async (workspace: string, externalId: string) =>
  (
    await rows(
      "reuse",
      `SELECT ${columns} FROM customer u JOIN conversation c ON c.workspace_id = u.workspace_id AND c.customer_id = u.id AND c.parent_id IS NULL
       WHERE u.workspace_id = $1 AND u.external_id = $2`,
      [workspace, externalId],
    )
  )[0];

const update = async (workspace: string, id: string, patch: unknown) =>
  (
    await rows(
      "update",
      `UPDATE conversation c SET metadata = c.metadata || $3::jsonb WHERE c.id = $1 AND c.workspace_id = $2 RETURNING ${columns}`,
      [id, workspace, JSON.stringify(patch)],
    )
  )[0];

interface Said {
  conversationId: string;
  authorId: string;
  text: string;
}

const insert = async (workspace: string, { conversationId, authorId, text }: Said) =>
  (
    await rows(
      "insert",
      `INSERT INTO message (conversation_id, author_member_id, text)
       SELECT c.id, $4, $3 FROM conversation c WHERE c.id = $1 AND c.workspace_id = $2 RETURNING id, text`,
      [conversationId, workspace, text, authorId],
    )
  )[0];

function connection(found: Row[], first: number, after?: string) {
  const nodes = found.slice(0, first);
  const edges = nodes.map((node) => ({ node, cursor: toCursor(node.id) }));
  const pageInfo = {
    hasNextPage: found.length > first,
    hasPreviousPage: after !== undefined,
    startCursor: edges.at(0)?.cursor ?? null,
    endCursor: edges.at(-1)?.cursor ?? null,
  };
  return { nodes, edges, pageInfo };
}

function byOwner<R extends Row>(queries: Loaded[], found: R[]): R[][] {
  const groups = new Map<string, R[]>(queries.map(({ obj }) => [obj.id, []]));
  for (const row of found) groups.get(row.owner)?.push(row);
  return queries.map(({ obj }) => groups.get(obj.id) ?? []);
}

interface Loaded {
  obj: { id: string };
  // biome-ignore lint/suspicious/noExplicitAny: the arguments of a field.
  params: any;
}

const owners = (queries: Loaded[]) => queries.map(({ obj }) => obj.id);
const startOf = (after?: string | null) => (after ? fromCursor(after) : before);

// Every operation here asks a field with one set of arguments, so a batch shares those of its first.
const loaders = {
  Conversation: {
    counts: { opts: { cache: false }, loader: (queries: Loaded[]) => counts(owners(queries)) },
    participants: {
      opts: { cache: false },
      loader: async (queries: Loaded[]) => {
        const found = byOwner(queries, await participants(owners(queries)));
        return found.map((list) =>
          list.map(({ id, member, customer, customerId }) => ({
            id,
            member: customerId ? null : { name: member },
            customer: customerId ? { name: customer } : null,
          })),
        );
      },
    },
    children: {
      opts: { cache: false },
      loader: async (queries: Loaded[]) => {
        const { first, after } = queries[0]?.params ?? {};
        const found = byOwner(queries, await children(owners(queries), first + 1, startOf(after)));
        return found.map((list) => connection(list, first, after ?? undefined));
      },
    },
    messages: {
      opts: { cache: false },
      loader: async (queries: Loaded[]) => {
        const found = byOwner(queries, await messages(owners(queries), queries[0]?.params.first));
        return found.map((nodes) => ({ nodes }));
      },
    },
  },
};

// biome-ignore lint/suspicious/noExplicitAny: the arguments of a field.
type Resolver = (source: unknown, args: any, context: any) => unknown;

const resolvers: Record<string, unknown> = {
  JSON: new GraphQLScalarType({ name: "JSON" }),
  Node: { resolveType: () => "Conversation" },
  Query: {
    node: (_, { id }, { workspace }) => one(id, workspace),
    conversation: (_, { id }, { workspace }) => one(id, workspace),
    conversations: async (_, { first, after }, { workspace }) =>
      connection(await top(workspace, first + 1, startOf(after)), first, after ?? undefined),
  } satisfies Record<string, Resolver>,
  Mutation: {
    getOrCreateConversation: async (_, { input }, { workspace }) => ({
      conversation: await reuse(workspace, input.customer.externalId),
    }),
    updateConversation: async (_, { input }, { workspace }) => ({
      conversation: await update(workspace, input.id, input.metadata),
    }),
    sendMessage: async (_, { input }, { workspace }) => ({
      message: await insert(workspace, input),
    }),
  } satisfies Record<string, Resolver>,
};

const server = Fastify({ logger: false });
await server.register(mercurius, {
  schema,
  resolvers: resolvers as IResolvers,
  loaders: loaders as unknown as MercuriusLoaders,
  jit: 1,
  graphiql: false,
  context: async (request) => ({ workspace: await workspaceOf(String(request.headers["x-api-key"])) }),
});
await server.listen({ port, host: "127.0.0.1" });
