import fc from "fast-check";
import { foldText } from "../../src/fold-text.ts";
import { encodeGlobalId } from "../../src/global-id.ts";
import { testDatabase } from "../support/database.ts";
import { newWorkspace } from "../support/workspace.ts";
import { conversationOrders } from "./random-query.ts";

/** A workspace full of texts, JSON and times that are easily written wrong. */
export interface World {
  workspace: Awaited<ReturnType<typeof newWorkspace>>;
  /** Ids of each type, among them one that leads to nothing and one of another workspace. */
  ids: Record<string, string[]>;
  /** Cursors of each list that can be paged through: by field, order, and owner if it has one. */
  cursors: Map<string, string[]>;
}

const unknown = "0190e0a4-5c7e-7c3a-9d2b-6b1f0e3a9c11";
const parts = fc.constantFrom(
  ...["'", '"', "\\", "\n", "\u2028", "\u007f", "\u0001", "é", "😀", "$1", "%s", "</b>", "E'\\'"],
);
const awkwardText = fc
  .array(fc.oneof(parts, fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 })), { minLength: 1, maxLength: 4 })
  .map((some) => some.join("").replaceAll("\0", "0"));

/** As PostgreSQL stores them, not as JavaScript would write them. */
const awkwardJson = [
  "{}",
  '{"a": null, "b": [1, [2, {"y": "\\u2028\\n\\""}], true, false, null]}',
  '{"n": 1e-300, "m": 1e300, "z": -0, "y": 0.10, "e": 1E5, "neg": -1.50}',
  '{"b": 1, "10": 2, "9": 3, "": 4, "toJSON": {"constructor": 1}}',
];

const types = ["Workspace", "Member", "Integration", "Customer", "Channel", "Conversation", "Participant", "Message"];

export async function newWorld(): Promise<World> {
  const workspace = await newWorkspace();
  const { db, pool } = await testDatabase();
  const { workspaceId, memberId, integrationId } = workspace.caller;
  const texts = fc.sample(awkwardText, { numRuns: 60, seed: 7 });
  const text = (n: number) => texts[n % texts.length] as string;
  const members = [memberId];
  for (const n of [1, 2, 3]) members.push((await workspace.newMember(`${text(n)}${n}`)).id);
  const channels = [0, 1, 2].map((n) => workspace.newChannel(`${n}.example.com`));
  const channelIds = (await Promise.all(channels)).map(({ id }) => id);
  const customers: string[] = [];
  for (let n = 0; n < 8; n++) {
    const [name, image] = [n % 4 ? text(n + 5) : null, n % 2 ? text(n) : null];
    const data = { externalId: n % 3 ? `c${n}` : null, email: n % 2 ? `c${n}@example.com` : null, name, image };
    customers.push((await workspace.newCustomer(data)).id);
  }
  const conversations: string[] = [];
  for (let n = 0; n < 40; n++) {
    // Those before the first ten are top-level; the others hang on one of those before, up to ten levels deep.
    const parentId = n < 8 ? null : n < 17 ? conversations[n - 1] : conversations[(n * 7) % 10];
    const name = n % 3 ? text(n + 20) : null;
    const createdAt = new Date(Date.UTC(n % 5 ? 2020 : 999, 0, 1 + (n % 5), 0, 0, 0, n % 3));
    const data = { name, createdAt, updatedAt: new Date(n % 2 ? 5 : 123_456), lastActivityAt: createdAt };
    const { id } = await db.conversation.create({
      data: {
        ...data,
        ...{ workspaceId, parentId, searchName: name && foldText(name), type: n % 2 ? "GROUP" : "DIRECT" },
        customerId: n < 8 || n % 4 === 0 ? (customers[n % 8] as string) : null,
        ownerIntegrationId: n % 2 ? integrationId : null,
      },
    });
    conversations.push(id);
    await pool.query(`UPDATE "Conversation" SET metadata = $1::jsonb WHERE id = $2`, [awkwardJson[n % 4], id]);
    const place = { workspaceId, conversationId: id };
    const joined = members
      .filter((_, m) => (n + m) % 3)
      .map((memberId) => ({ ...place, memberId, lastReadNumber: n % 3 }));
    await db.participant.createMany({
      data: [...joined, ...(n % 4 ? [] : [{ ...place, customerId: customers[n % 8] as string }])],
    });
    await db.conversationChannel.createMany({
      data: channelIds.filter((_, c) => (n + c) % 2).map((channelId) => ({ ...place, channelId })),
    });
    const authors = [{ authorMemberId: members[n % 4] }, { authorCustomerId: customers[n % 8] }, {}];
    const [first] = await db.message.createManyAndReturn({
      data: authors.slice(0, n % 4).map((author, m) => ({ ...place, ...author, text: text(n + m) })),
    });
    if (!first) continue;
    const translations = [1, 2].slice(0, n % 3).map((m) => ({ language: `en-x-${m}`, text: text(n + m) }));
    const attachments = [
      { url: `https://example.com/${n}` },
      { url: "https://example.com/é", name: text(n), mediaType: "image/png", byteSize: 2 ** 40 },
    ].slice(0, n % 3);
    const sent = { integrationId, channelId: channelIds[n % 3] as string, idempotencyKey: text(n), language: "ar" };
    const said = n % 5 ? { text: text(n), translations } : { text: "" };
    const reply = { ...place, ...sent, ...said, parentId: first.id, attachments };
    const replied = await db.message.create({
      data: { ...reply, revision: n % 4, editedAt: n % 2 ? new Date(5) : null },
    });
    const former = { workspaceId, messageId: replied.id, integrationId, translations, attachments };
    await db.messageRevision.createMany({
      data: [0, 1, 2].slice(0, n % 4).map((revision) => ({ ...former, revision, text: text(n), language: "en" })),
    });
    const internal = { ...reply, idempotencyKey: null, visibility: "INTERNAL" as const };
    await db.message.create({ data: { ...internal, metadata: { note: text(n) }, authorMemberId: members[n % 4] } });
  }
  const ids: World["ids"] = {};
  const foreign = await otherTenant();
  for (const type of types) {
    const { rows } = await pool.query(
      `SELECT id FROM "${type}" WHERE $1 IN (${type === "Workspace" ? "id" : '"workspaceId"'}) ORDER BY id`,
      [workspaceId],
    );
    ids[type] = [...rows.map(({ id }) => id), unknown, foreign[type] ?? unknown].map((id) => encodeGlobalId(type, id));
  }
  return { workspace, ids, cursors: await cursorsOf(workspace, ids) };
}

/** A record of each type in another workspace. */
async function otherTenant(): Promise<Record<string, string>> {
  const { workspace, member, integration, ctx, newCustomer, newChannel } = await newWorkspace();
  const { id: conversationId } = await ctx.db.conversation.create({
    data: { workspaceId: workspace.id, type: "GROUP" },
  });
  return {
    ...{ Workspace: workspace.id, Member: member.id, Integration: integration.id, Conversation: conversationId },
    ...{ Customer: (await newCustomer()).id, Channel: (await newChannel()).id },
  };
}

async function cursorsOf({ ask }: World["workspace"], { Conversation = [], Message = [] }: World["ids"]) {
  const cursors: World["cursors"] = new Map();
  const note = (key: string, list: { edges: { cursor: string }[] }) =>
    cursors.set(
      key,
      list.edges.map(({ cursor }) => cursor),
    );
  const selection = "{ edges { cursor } }";
  for (const field of conversationOrders) {
    for (const direction of ["ASC", "DESC"]) {
      const data = await ask(`{ conversations(orderBy: { field: ${field}, direction: ${direction} }) ${selection} }`);
      note(`conversations.${field}.${direction}`, data.conversations);
    }
  }
  const all = await ask(
    `{ ${["customers", "members", "channels", "integrations"].map((name) => `${name} ${selection}`).join(" ")} }`,
  );
  for (const [name, list] of Object.entries(all)) note(name, list as never);
  for (const id of Conversation.slice(0, 12)) {
    const owned = ["children", "messages", "participants", "descendants"];
    const { conversation } = await ask(
      `{ conversation(id: "${id}") { ${owned.map((name) => `${name} ${selection}`).join(" ")} } }`,
    );
    for (const name of owned) note(`${name}.${id}`, conversation[name]);
  }
  for (const id of Message.slice(0, 20)) {
    const { message } = await ask(`{ message(id: "${id}") { replies ${selection} } }`);
    note(`replies.${id}`, message.replies);
  }
  return cursors;
}
