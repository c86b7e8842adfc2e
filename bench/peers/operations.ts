// The operations that are measured, in the words of each server, and one shape for all answers.

export const operations = {
  Q1: "a page of 30 children with counts and participants",
  Q1mid: "the same page, 4,800 children further",
  Q2: "50 top-level conversations, 5 children each with participants and counts",
  Q3: "three scalars of one conversation",
  Q4: "the counts and the last message of one conversation",
  Q5: "a page of 30 messages of one conversation",
  M1: "getOrCreateConversation where everything is there",
  M2: "updateConversation merging two keys of the metadata",
  M3: "sendMessage of a member who takes part",
} as const;

export type Operation = keyof typeof operations;

/** The values for an operation, with ids as the database has them. */
export interface Asked {
  workspace: string;
  id?: string;
  externalId?: string;
  metadata?: object;
  /** The text of a message, and the key's member, who says it. */
  text?: string;
  author?: string;
  /** The size of the page: of children in Q1 and Q2. */
  first?: number;
  after?: string | null;
}

type Document = Exclude<Operation, "Q1mid">;

export interface Dialect {
  documents: Record<Document, string>;
  variables(asked: Asked): object;
  /** JSON.parse's second argument: makes of an answer what Mercurius would have said. */
  reviver(key: string, value: unknown): unknown;
}

// biome-ignore lint/suspicious/noExplicitAny: answers as they come.
type Any = any;

const participants = "participants { id member { name } customer { name } }";

export const peer: Dialect = {
  documents: {
    Q1: `query Q1($id: ID!, $first: Int, $after: String) { conversation(id: $id) { children(first: $first, after: $after) {
      nodes { id name metadata counts { children messages } ${participants} } pageInfo { hasNextPage endCursor } } } }`,
    Q2: `query Q2($first: Int) { conversations(first: 50) { nodes { id name children(first: $first) {
      nodes { id name ${participants} counts { children messages } } } } } }`,
    Q3: "query Q3($id: ID!) { node(id: $id) { ... on Conversation { id name type } } }",
    Q4: `query Q4($id: ID!) { conversation(id: $id) { counts { children messages } messages(first: 1) { nodes { id text } } } }`,
    Q5: `query Q5($id: ID!, $first: Int) { conversation(id: $id) { messages(first: $first) { nodes { id text } } } }`,
    M1: `mutation M1($input: GetOrCreateConversationInput!) {
      getOrCreateConversation(input: $input) { conversation { id name metadata } } }`,
    M2: `mutation M2($input: UpdateConversationInput!) {
      updateConversation(input: $input) { conversation { id name metadata } } }`,
    M3: `mutation M3($input: SendMessageInput!) { sendMessage(input: $input) { message { text } } }`,
  },
  variables: ({ id, externalId, metadata, text, author, first, after }) => {
    if (text) return { input: { conversationId: id, authorId: author, text } };
    if (externalId) return { input: { type: "DIRECT", customer: { externalId } } };
    return metadata ? { input: { id, metadata } } : { id, first, after };
  },
  reviver: hideCursor,
};

export const gateway: Dialect = {
  documents: Object.fromEntries(
    Object.entries(peer.documents).map(([name, document]) => [
      name,
      document.replace(
        participants,
        "participants(first: 10) { nodes { id actor { ... on Member { name } ... on Customer { customer: name } } } }",
      ),
    ]),
  ) as Dialect["documents"],
  // The author is the member of the key.
  variables: ({ id, author: _, ...asked }) => peer.variables({ ...asked, id: id && `conversation_${id}` }),
  reviver(key, value: Any) {
    if (key === "id" && typeof value === "string") return value.slice(value.indexOf("_") + 1);
    if (key === "participants") return value.nodes;
    if (!value?.actor) return hideCursor(key, value);
    const { name, customer } = value.actor;
    return { id: value.id, member: name ? { name } : null, customer: name ? null : { name: customer } };
  },
};

const newest = "orderBy: PRIMARY_KEY_DESC";
const counted = "kidsCount: kids { totalCount } messagesCount: messages { totalCount }";
const listed = "participants: participantsList { id: rowId member { name } customer { name } }";

export const postgraphile: Dialect = {
  documents: {
    Q1: `query Q1($id: UUID!, $first: Int, $after: Cursor) { conversation(rowId: $id) { children: kids(first: $first, after: $after, ${newest}) {
      nodes { id: rowId name metadata ${counted} ${listed} } pageInfo { hasNextPage endCursor } } } }`,
    Q2: `query Q2($workspace: UUID!, $first: Int) { conversations(first: 50, condition: { parentId: null, workspaceId: $workspace }, ${newest}) {
      nodes { id: rowId name children: kids(first: $first, ${newest}) { nodes { id: rowId name ${listed} ${counted} } } } } }`,
    Q3: "query Q3($node: ID!) { node(id: $node) { ... on Conversation { id: rowId name type } } }",
    Q4: `query Q4($id: UUID!) { conversation(rowId: $id) { ${counted} messages(first: 1, ${newest}) { nodes { id: rowId text } } } }`,
    Q5: `query Q5($id: UUID!, $first: Int) { conversation(rowId: $id) { messages(first: $first, ${newest}) { nodes { id: rowId text } } } }`,
    M1: `mutation M1($workspace: UUID!, $externalId: String!) {
      getOrCreateConversation(input: { workspace: $workspace, externalId: $externalId }) { conversation: result { id: rowId name metadata } } }`,
    M2: `mutation M2($workspace: UUID!, $id: UUID!, $metadata: JSON!) {
      updateConversation: mergeConversation(input: { workspace: $workspace, conversationId: $id, patch: $metadata }) {
        conversation: result { id: rowId name metadata } } }`,
    M3: `mutation M3($id: UUID!, $author: UUID!, $text: String!) {
      sendMessage: createMessage(input: { message: { conversationId: $id, authorMemberId: $author, text: $text } }) { message { text } } }`,
  },
  variables: (asked) => ({
    ...asked,
    node: Buffer.from(JSON.stringify(["Conversation", asked.id])).toString("base64"),
  }),
  reviver(key, value: Any) {
    if (!value?.kidsCount) return hideCursor(key, value);
    const { kidsCount, messagesCount, ...conversation } = value;
    return { ...conversation, counts: { children: kidsCount.totalCount, messages: messagesCount.totalCount } };
  },
};

/** A cursor is the server's own. */
function hideCursor(key: string, value: unknown): unknown {
  return key === "endCursor" && value ? "cursor" : value;
}
