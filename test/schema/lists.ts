import type pg from "pg";
import { encodeGlobalId } from "../../src/global-id.ts";
import { testDatabase } from "../support/database.ts";
import { newWorkspace } from "../support/workspace.ts";

// Every connection of the schema, with rows of its own to page through.

export interface List {
  /** Where the schema has it; `name` tells apart the orders it can be read in. */
  field: string;
  name: string;
  rows: Rows;
  /** Orders rows as the list does. */
  compare: (a: Row, b: Row) => number;
  ask(place: Place, args: string, selection: string): string;
}

/** The rows of a list. */
interface Rows {
  table: string;
  /** Those rows of the workspace ($1) that are listed. */
  where(place: Place): string;
  /** The statement that adds $2 of them to the workspace $1. */
  insert(place: Place): string;
  /** Whether the total is a counter, exact at any size; otherwise it is counted on demand, as far as is asked, or there is none. */
  counter: boolean;
  uncounted?: true;
}

interface Row {
  id: string;
  number: number;
  createdAt: Date;
  updatedAt: Date;
  lastActivityAt: Date;
  treeLastActivityAt: Date;
  searchName: string | null;
}

/** A workspace with something in every list. */
export interface Place extends Awaited<ReturnType<typeof newWorkspace>> {
  pool: pg.Pool;
  /** The conversation whose children, participants and messages are listed. */
  parentId: string;
  /** The conversation whose events are listed. */
  historyId: string;
  /** A message of another conversation, whose replies are listed. */
  messageId: string;
  /** The customer, member or channel whose conversations are listed. */
  customerId: string;
  linkedMemberId: string;
  channelId: string;
}

const newest = (a: Row, b: Row) => (a.id < b.id ? 1 : -1);
const oldest = (a: Row, b: Row) => newest(b, a);

const latest = (a: Row, b: Row) => b.number - a.number;
const earliest = (a: Row, b: Row) => a.number - b.number;

const series = "FROM generate_series(1, $2::integer) AS n";
const workspaceRows = { where: () => "true", counter: false };

const children: Rows = {
  table: "Conversation",
  counter: true,
  where: ({ parentId }) => `"parentId" = '${parentId}'`,
  insert: ({ parentId }) =>
    `INSERT INTO "Conversation" ("workspaceId", "parentId", type) SELECT $1, '${parentId}', 'GROUP' ${series}`,
};

const participants: Rows = {
  table: "Participant",
  counter: true,
  where: ({ parentId }) => `"conversationId" = '${parentId}'`,
  insert: (place) => `WITH added AS (${members.insert(place)} RETURNING id)
    INSERT INTO "Participant" ("workspaceId", "conversationId", "memberId") SELECT $1, '${place.parentId}', id FROM added`,
};

const messages: Rows = {
  table: "Message",
  counter: true,
  where: ({ parentId }) => `"conversationId" = '${parentId}' AND visibility = 'PUBLIC'`,
  insert: ({ parentId }) => sayTwice(`$1, '${parentId}', NULL::uuid`),
};

const replies: Rows = {
  table: "Message",
  counter: true,
  where: ({ messageId }) => `"parentId" = '${messageId}' AND visibility = 'PUBLIC'`,
  insert: ({ messageId }) =>
    sayTwice(`$1, (SELECT "conversationId" FROM "Message" WHERE id = '${messageId}'), '${messageId}'::uuid`),
};

/** In public, and before it internally, which the list does not show. */
function sayTwice(place: string): string {
  return `INSERT INTO "Message" ("workspaceId", "conversationId", "parentId", text, "createdAt", visibility)
    SELECT ${place}, 'Hello', timestamptz '2026-01-01Z', v ${series} CROSS JOIN unnest(enum_range(NULL::"MessageVisibility")) AS v ORDER BY n, v DESC`;
}

/** Of a type that nothing else here is. */
const events: Rows = {
  ...{ table: "Event", counter: false, uncounted: true },
  where: () => `type = 'PARTICIPANT_READ' AND NOT internal`,
  insert: () => appended("PARTICIPANT_READ", "NULL"),
};

const history: Rows = {
  ...{ table: "Event", counter: false, uncounted: true },
  where: ({ historyId }) => `"conversationId" = '${historyId}' AND NOT internal`,
  insert: ({ historyId }) => appended("CONVERSATION_UPDATED", `'${historyId}'`),
};

/** Each public one after nine that are internal, which the lists do not show. */
function appended(type: string, conversationId: string): string {
  return `SELECT append_event(jsonb_populate_record(NULL::"Event", jsonb_build_object('workspaceId', $1::uuid,
    'type', '${type}', 'conversationId', ${conversationId}, 'internal', i < 10))) ${series} CROSS JOIN generate_series(1, 10) AS i ORDER BY n, i`;
}

const customers: Rows = {
  ...{ table: "Customer", ...workspaceRows },
  insert: () => `INSERT INTO "Customer" ("workspaceId", "externalId", name, "searchName", "updatedAt")
    SELECT $1, gen_random_uuid()::text, name, name, timestamptz '2026-01-01Z' + n % 4 * interval '1 ms'
    FROM (SELECT n, 'c:' || n % 3 AS name ${series}) AS one`,
};

const members: Rows = {
  ...{ table: "Member", ...workspaceRows },
  insert: () => `INSERT INTO "Member" ("workspaceId", name, "searchName")
    SELECT $1, name, name FROM (SELECT gen_random_uuid()::text AS name ${series}) AS one`,
};

const channels: Rows = {
  ...{ table: "Channel", ...workspaceRows },
  insert: () => `INSERT INTO "Channel" ("workspaceId", kind, identifier)
    SELECT $1, 'WEBSITE', gen_random_uuid() || '.example.com' ${series}`,
};

const integrations: Rows = {
  ...{ table: "Integration", ...workspaceRows },
  insert: ({ member }) => `INSERT INTO "Integration" ("workspaceId", "memberId", name)
    SELECT $1, '${member.id}', gen_random_uuid()::text ${series}`,
};

/** Many share a millisecond. */
const topLevel: Rows = {
  table: "Conversation",
  counter: false,
  where: () => `"parentId" IS NULL`,
  insert:
    () => `INSERT INTO "Conversation" ("workspaceId", type, "createdAt", "updatedAt", "lastActivityAt", name, "searchName")
    SELECT $1, 'GROUP', at + n % 5 * interval '1 ms', at + n % 4 * interval '1 ms', at + n % 3 * interval '1 ms', name, name
    FROM (SELECT n, timestamptz '2026-02-01Z' AS at, CASE WHEN n % 4 > 0 THEN 'Ö:' || n % 4 END AS name ${series}) AS one`,
};

const descendants: Rows = { ...children, counter: false };

/** Conversations with the customer, in which the member takes part and that run over the channel. */
const linked: Rows = {
  table: "Conversation",
  counter: false,
  where: ({ customerId }) => `"customerId" = '${customerId}'`,
  insert: ({ parentId, customerId, linkedMemberId, channelId }) => `WITH added AS (
      INSERT INTO "Conversation" ("workspaceId", "parentId", "customerId", type) SELECT $1, '${parentId}', '${customerId}', 'GROUP' ${series}
      RETURNING id
    ), joined AS (
      INSERT INTO "Participant" ("workspaceId", "conversationId", "memberId") SELECT $1, id, '${linkedMemberId}' FROM added
    ) INSERT INTO "ConversationChannel" ("workspaceId", "conversationId", "channelId") SELECT $1, id, '${channelId}' FROM added`,
};

/** One for all lists that have this order, so that their cursors are known to be the same. */
const newestFirst = descending(by("createdAt"));

export const lists: List[] = [
  {
    ...{ field: "Conversation.descendants", name: "descendants", rows: descendants, compare: oldest },
    ask: ({ parentId }, args, selection) =>
      `conversation(id: "${encodeGlobalId("Conversation", parentId)}") { list: descendants(maxDepth: 2, ${args}) { ${selection} } }`,
  },
  of("Customer", ({ customerId }) => customerId),
  of("Member", ({ linkedMemberId }) => linkedMemberId),
  of("Channel", ({ channelId }) => channelId),
  ofConversation("children", children, newest),
  ofConversation("participants", participants, oldest),
  ofConversation("messages", messages, latest),
  {
    ...{ field: "Conversation.events", name: "the events of a conversation", rows: history, compare: earliest },
    ask: ({ historyId }, args, selection) =>
      `conversation(id: "${encodeGlobalId("Conversation", historyId)}") { list: events(${args}) { ${selection} } }`,
  },
  {
    ...{ field: "Query.events", name: "events", rows: events, compare: earliest },
    ask: (_, args, selection) => `list: events(filter: { types: [PARTICIPANT_READ] }, ${args}) { ${selection} }`,
  },
  {
    ...{ field: "Message.replies", name: "replies", rows: replies, compare: earliest },
    ask: ({ messageId }, args, selection) =>
      `message(id: "${encodeGlobalId("Message", messageId)}") { list: replies(${args}) { ${selection} } }`,
  },
  {
    ...{ field: "Query.listSubConversations", name: "listSubConversations", rows: children, compare: newest },
    ask: ({ parentId }, args, selection) =>
      `list: listSubConversations(parentId: "${encodeGlobalId("Conversation", parentId)}", ${args}) { ${selection} }`,
  },
  ofWorkspace("customers", customers, newest),
  ordered("customers", customers, "UPDATED_AT DESC", descending(by("updatedAt"))),
  ordered("customers", customers, "NAME ASC", byName),
  ordered("customers", customers, "CREATED_AT ASC", oldest),
  ofWorkspace("members", members, oldest),
  ordered("members", members, "NAME DESC", descending(byName)),
  ofWorkspace("channels", channels, oldest),
  ofWorkspace("integrations", integrations, oldest),
  ...Object.entries({
    ...{ CREATED_AT: by("createdAt"), UPDATED_AT: by("updatedAt"), LAST_ACTIVITY_AT: by("lastActivityAt") },
    ...{ TREE_LAST_ACTIVITY_AT: by("treeLastActivityAt"), NAME: byName },
  }).flatMap(([field, ascending]) => [
    ordered("conversations", topLevel, `${field} ASC`, ascending),
    ordered("conversations", topLevel, `${field} DESC`, field === "CREATED_AT" ? newestFirst : descending(ascending)),
  ]),
  {
    ...ordered("conversations", topLevel, "CREATED_AT DESC", newestFirst),
    name: "conversations of one type",
    ask: (_, args, selection) => `list: conversations(filter: { types: [GROUP] }, ${args}) { ${selection} }`,
  },
];

function by(column: "createdAt" | "updatedAt" | "lastActivityAt" | "treeLastActivityAt"): List["compare"] {
  return (a, b) => a[column].getTime() - b[column].getTime() || oldest(a, b);
}

function byName(a: Row, b: Row): number {
  return Buffer.compare(Buffer.from(a.searchName ?? ""), Buffer.from(b.searchName ?? "")) || oldest(a, b);
}

function descending(compare: List["compare"]): List["compare"] {
  return (a, b) => compare(b, a);
}

function of(type: "Customer" | "Member" | "Channel", idOf: (place: Place) => string): List {
  return {
    ...{ field: `${type}.conversations`, name: `${type}.conversations`, rows: linked, compare: newest },
    ask: (place, args, selection) =>
      `node(id: "${encodeGlobalId(type, idOf(place))}") { ... on ${type} { list: conversations(${args}) { ${selection} } } }`,
  };
}

function ofConversation(field: string, rows: Rows, compare: List["compare"]): List {
  return {
    ...{ field: `Conversation.${field}`, name: field, rows, compare },
    ask: ({ parentId }, args, selection) =>
      `conversation(id: "${encodeGlobalId("Conversation", parentId)}") { list: ${field}(${args}) { ${selection} } }`,
  };
}

function ofWorkspace(field: string, rows: Rows, compare: List["compare"]): List {
  return {
    ...{ field: `Query.${field}`, name: field, rows, compare },
    ask: (_, args, selection) => `list: ${field}(${args}) { ${selection} }`,
  };
}

function ordered(field: string, rows: Rows, order: string, compare: List["compare"]): List {
  const [by, direction] = order.split(" ");
  const orderBy = `orderBy: { field: ${by}, direction: ${direction} }`;
  return {
    ...{ field: `Query.${field}`, name: `${field} by ${order}`, rows, compare },
    ask: (_, args, selection) => `list: ${field}(${orderBy}, ${args}) { ${selection} }`,
  };
}

/** A new workspace with `size` rows in every list. */
export async function newPlace(size: number): Promise<Place> {
  const { db, pool } = await testDatabase();
  const workspace = await newWorkspace();
  const [customer, member, channel] = [
    await workspace.newCustomer(),
    await workspace.newMember(),
    await workspace.newChannel(),
  ];
  const links = { customerId: customer.id, linkedMemberId: member.id, channelId: channel.id };
  const place = { ...workspace, pool, ...links, ...(await newParents(db, workspace.caller)) };
  for (const rows of new Set(lists.map((list) => list.rows))) await add(place, rows, size);
  return place;
}

/** The same workspace, with another conversation to list the children, participants and messages of. */
export async function anotherParent(place: Place): Promise<Place> {
  const another = { ...place, ...(await newParents(place.ctx.db, place.caller)) };
  for (const rows of [children, participants, messages, replies]) await add(another, rows, 2);
  return another;
}

async function newParents({ conversation, message }: Place["ctx"]["db"], { workspaceId }: Place["caller"]) {
  const data = { workspaceId, type: "GROUP" } as const;
  const { id: conversationId } = await conversation.create({ data });
  const { id: messageId } = await message.create({ data: { workspaceId, conversationId, text: "Hello?" } });
  const historyId = (await conversation.create({ data })).id;
  return { parentId: (await conversation.create({ data })).id, historyId, messageId };
}

export async function add(place: Place, rows: Rows, count: number): Promise<void> {
  await place.pool.query(rows.insert(place), [place.caller.workspaceId, count]);
}

export async function remove({ pool }: Place, { table }: Rows, id: string): Promise<void> {
  await pool.query(`DELETE FROM "${table}" WHERE id = $1`, [id.slice(id.indexOf("_") + 1)]);
}

/** The ids that the list has, in its order, as the table tells. */
export async function idsOf(
  place: Place,
  { rows: { table, where }, compare }: Pick<List, "rows" | "compare">,
): Promise<string[]> {
  const sql = `SELECT * FROM "${table}" WHERE "workspaceId" = $1 AND ${where(place)}`;
  const { rows } = await place.pool.query<Row>(sql, [place.caller.workspaceId]);
  return rows.sort(compare).map(({ id }) => encodeGlobalId(table, id));
}
