import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { Conversation, Customer, Prisma } from "../../prisma/generated/client/client.ts";
import { foldText } from "../../src/fold-text.ts";
import { encodeGlobalId } from "../../src/global-id.ts";
import { searchNameOf } from "../../src/rules/text.ts";
import { testDatabase } from "../support/database.ts";
import { newWorkspace } from "../support/workspace.ts";
import {
  type ConversationConditions,
  type ConversationFilter,
  type CustomerFilter,
  type Listed,
  matches,
  matchesCustomer,
} from "./filter-reference.ts";

const conversationsDocument = `query ($filter: ConversationFilter, $orderBy: ConversationOrder, $first: Int, $after: String, $last: Int, $before: String) {
  list: conversations(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
    nodes { id } totalCount pageInfo { hasNextPage endCursor hasPreviousPage startCursor }
  }
}`;
const customersDocument = `query ($filter: CustomerFilter, $first: Int) {
  list: customers(filter: $filter, first: $first) { nodes { id } totalCount }
}`;

const types = ["DIRECT", "GROUP"] as const;
const names = [
  ...[
    null,
    "Order #1042",
    "order #1043",
    "ORDER 100%",
    "Order 100 percent",
    "under_score",
    "underXscore",
    "back\\slash",
  ],
  ...[
    "backslash",
    "VIP customer support",
    "Straße 😀😀😀",
    "  padded  ",
    "İstanbul",
    "naïve",
    "ÄRGER",
    "王伟",
    "王伟 张",
    "ΟΔΥΣΣΕΥΣ",
    "Mu\u0308ller",
    "ab'; DROP TABLE x; --",
  ],
];
const nameParts = [
  "order",
  "ORDER #",
  "100%",
  "100",
  "r_s",
  "k\\s",
  "vip",
  "ße 😀",
  "  p",
  "'; D",
  "zzz",
  "ïve",
  "ÏVE",
  "raß",
  "STRASSE",
  "ärger",
  "王伟",
  "王",
  "伟",
  "王伟 张",
  "VIP ",
  "o",
  "ß",
  "ς",
  "ουσσ",
  "οδυσσευς",
  "MÜLL",
  "%",
  "\\",
];
const metadatas = [
  ...[
    {},
    { source: "website-chat" },
    { source: "website-chat", priority: "high" },
    { priority: "low", tags: ["a", "b"] },
  ],
  ...[
    { tags: ["b", "c", { deep: [1, 2] }] },
    { nested: { a: 1, b: null } },
    { nested: { a: 1.0, c: true } },
    { "": 0, "a.b": "x" },
  ],
] satisfies Prisma.InputJsonValue[];
const metadataParts = [
  ...[{}, { source: "website-chat" }, { source: "email" }, { priority: "high" }, { tags: ["b"] }, { tags: ["b", "b"] }],
  ...[
    { tags: [{ deep: [2] }] },
    { tags: "b" },
    { nested: { a: 1 } },
    { nested: { b: null } },
    { "": 0 },
    { "a.b": "x" },
  ],
];
/** Parts of an externalId that folding would change, and one in another case than it is stored. */
const idParts = ["KD-Ä", " kd-Ä5", "KD", "Ä5ß", "kd-ä", "Ä5SS"];
const start = Date.UTC(2026, 0, 1);
const instant = (milliseconds: number) => new Date(start + milliseconds);

type Workspace = Awaited<ReturnType<typeof populate>>;
let here: Workspace;
beforeAll(async () => {
  here = await populate(160);
  // The same in another workspace: none of it may ever show.
  await populate(40);
});

/** A workspace with conversations of every kind, as the same seed makes them. */
async function populate(size: number) {
  const { db } = await testDatabase();
  const workspace = await newWorkspace();
  const { workspaceId } = workspace.caller;
  const pick = <T>(choices: readonly T[], n: number) => choices[(n * 7919 + (n >> 3)) % choices.length] as T;
  const members = [await workspace.newMember(), await workspace.newMember(), await workspace.newMember()];
  const channels = [];
  for (const name of ["a", "b", "c"]) channels.push(await workspace.newChannel(`${name}.example.com`));
  const owners = [workspace.integration, (await workspace.newActor()).integration, null];
  const customers: Customer[] = [];
  for (let n = 0; n < 40; n++) {
    const email = n % 3 === 0 ? `Person${n}@Example.com` : null;
    const phone = n % 4 === 0 ? `+49309018${String(n).padStart(2, "0")}` : null;
    const data = { email, phone, name: pick(names, n), metadata: pick(metadatas, n + 1) };
    const externalId = n % 5 === 4 ? null : n % 8 === 5 ? `KD-Ä${n}ß` : `user_${n % 10}_${n}`;
    customers.push(await workspace.newCustomer({ ...data, externalId }));
  }
  const listed: Listed[] = [];
  for (let n = 0; n < size; n++) {
    const parent = n % 3 === 2 ? (listed[(n * 5) % 8] as Listed) : undefined;
    const customer = n % 4 === 1 ? customers[parent ? n % 4 : n >> 2] : undefined;
    const owner = pick(owners, n >> 1);
    const name = pick(names, n);
    const data = {
      ...{ workspaceId, parentId: parent?.row.id, customerId: customer?.id, ownerIntegrationId: owner?.id },
      ...{ type: pick(types, n >> 2), name, searchName: searchNameOf(name), metadata: pick(metadatas, n) },
      ...{ createdAt: instant(n % 7), updatedAt: instant(n % 6), lastActivityAt: instant(n % 5) },
    };
    const row = await db.conversation.create({ data });
    const conversationId = row.id;
    const joined = members.filter((_, index) => (n >> index) % 2 === 0);
    const linked = channels.filter((_, index) => (n >> index) % 3 === 0);
    await db.participant.createMany({
      data: joined.map(({ id: memberId }) => ({ workspaceId, conversationId, memberId })),
    });
    await db.conversationChannel.createMany({
      data: linked.map(({ id: channelId }) => ({ workspaceId, conversationId, channelId })),
    });
    listed.push({
      id: encodeGlobalId("Conversation", row.id),
      row,
      parentId: parent?.id ?? null,
      customer: customer ? { ...customer, id: encodeGlobalId("Customer", customer.id) } : null,
      memberIds: joined.map(({ id }) => encodeGlobalId("Member", id)),
      channels: linked.map(({ id, identifier }) => ({ id: encodeGlobalId("Channel", id), identifier })),
      ownerId: owner && encodeGlobalId("Integration", owner.id),
    });
  }
  const rows = new Map((await db.conversation.findMany({ where: { workspaceId } })).map((row) => [row.id, row]));
  for (const one of listed) one.row = rows.get(one.row.id) ?? one.row;
  return { ...workspace, members, channels, customers, listed };
}

interface Order {
  field: "CREATED_AT" | "UPDATED_AT" | "LAST_ACTIVITY_AT" | "TREE_LAST_ACTIVITY_AT" | "NAME";
  direction: "ASC" | "DESC";
}

const fieldOrders = ["CREATED_AT", "UPDATED_AT", "LAST_ACTIVITY_AT", "TREE_LAST_ACTIVITY_AT", "NAME"] as const;
const orders: Order[] = fieldOrders.flatMap((field) => [
  { field, direction: "ASC" },
  { field, direction: "DESC" },
]);

/** The conversations that `conversations` has to list. */
function expected(
  filter: ConversationFilter,
  { field, direction }: Order = { field: "CREATED_AT", direction: "DESC" },
): string[] {
  const keyOf = ({ row }: Listed) =>
    field === "NAME" ? Buffer.from([...foldText(row.name ?? "")].slice(0, 64).join("")) : timeKey(row, field);
  const byId = filter.scope === "ANY_DEPTH" && field === "CREATED_AT";
  const ascending = here.listed
    .filter((conversation) => matches(conversation, filter))
    .sort((a, b) => (byId ? 0 : Buffer.compare(keyOf(a), keyOf(b))) || (a.id < b.id ? -1 : 1))
    .map(({ id }) => id);
  return direction === "ASC" ? ascending : ascending.reverse();
}

function timeKey(row: Conversation, field: Exclude<Order["field"], "NAME">): Buffer {
  const times = {
    ...{ CREATED_AT: row.createdAt, UPDATED_AT: row.updatedAt, LAST_ACTIVITY_AT: row.lastActivityAt },
    TREE_LAST_ACTIVITY_AT: row.treeLastActivityAt,
  };
  const key = Buffer.alloc(8);
  key.writeBigInt64BE(BigInt(times[field]?.getTime() ?? 0));
  return key;
}

async function list(variables: object) {
  const { list } = await here.ask(conversationsDocument, variables as Record<string, unknown>);
  return { ids: list.nodes.map(({ id }: { id: string }) => id), totalCount: list.totalCount, pageInfo: list.pageInfo };
}

async function expectListed(filter: ConversationFilter, orderBy?: Order): Promise<string[]> {
  const ids = expected(filter, orderBy);
  const found = await list({ filter, orderBy, first: 100 });
  expect({ filter, orderBy, ids: found.ids, totalCount: found.totalCount }).toEqual({
    ...{ filter, orderBy, totalCount: ids.length },
    ids: ids.slice(0, 100),
  });
  return ids;
}

/** For every field of the filter, values that some conversations have and values that none has. */
function choices() {
  const customer = (n: number) => here.customers[n] as Customer;
  const idsOf = (type: string, rows: { id: string }[]) => rows.map(({ id }) => encodeGlobalId(type, id));
  const nobody = "0190e0a4-5c7e-7c3a-9d2b-6b1f0e3a9c11";
  const range = fc
    .record({ from: fc.option(fc.integer({ min: -1, max: 7 })), to: fc.option(fc.integer({ min: -1, max: 8 })) })
    .filter(({ from, to }) => from === null || to === null || from < to)
    .map(({ from, to }) => ({ from: from === null ? null : instant(from), to: to === null ? null : instant(to) }));
  return {
    parentId: fc.constantFrom(...here.listed.slice(0, 8).map(({ id }) => id), `conversation_${nobody}`),
    ids: fc.array(fc.constantFrom(...here.listed.map(({ id }) => id), `conversation_${nobody}`), { maxLength: 20 }),
    types: fc.subarray([...types], { minLength: 1 }),
    search: fc.constantFrom(...nameParts, "person3", "user_0", "USER_1_1", "example.com", ...idParts),
    customerId: fc.constantFrom(...idsOf("Customer", here.customers), `customer_${nobody}`),
    customerExternalId: fc.constantFrom(customer(0).externalId, customer(3).externalId, "USER_0_0", "user_%", "nobody"),
    memberId: fc.constantFrom(...idsOf("Member", [...here.members, here.member]), `member_${nobody}`),
    channelId: fc.constantFrom(...idsOf("Channel", here.channels), `channel_${nobody}`),
    channelIdentifier: fc.constantFrom("a.example.com", "b.example.com", "c.example.com", "d.example.com"),
    ownerId: fc.constantFrom(...idsOf("Integration", [here.integration]), `integration_${nobody}`),
    name: fc.constantFrom(...nameParts),
    metadata: fc.constantFrom(...metadataParts),
    createdAt: range,
    updatedAt: range,
    lastActivityAt: range,
  } satisfies Record<keyof ConversationConditions | "parentId", fc.Arbitrary<unknown>>;
}

type Field = keyof ConversationConditions | "parentId";

const fields = [
  ...["parentId", "ids", "types", "search", "updatedAt", "customerId", "customerExternalId", "memberId", "channelId"],
  ...["channelIdentifier", "ownerId", "name", "metadata", "createdAt", "lastActivityAt"],
] as Field[];

function filtersOf(given: Field[]): fc.Arbitrary<ConversationFilter> {
  const all = choices();
  return fc.record(Object.fromEntries(given.map((field) => [field, all[field]]))) as fc.Arbitrary<ConversationFilter>;
}

describe("the filter of conversations", () => {
  const isPossible = ({ parentId, scope }: ConversationFilter, orderBy?: Order) =>
    orderBy?.field !== "TREE_LAST_ACTIVITY_AT" || (!parentId && scope !== "ANY_DEPTH");

  test.each(fields)("%s alone finds what it says, and sometimes something", async (field) => {
    let found = 0;
    const property = fc.asyncProperty(
      filtersOf([field]),
      fc.constantFrom(undefined, ...orders),
      async (filter, orderBy) => {
        if (isPossible(filter, orderBy)) found += (await expectListed(filter, orderBy)).length;
      },
    );
    await fc.assert(property, { numRuns: 25 });
    expect(found).toBeGreaterThan(0);
  });

  test("several fields together find what all of them say", async () => {
    // With a dozen conditions at once nothing would ever be found.
    const filters = fc.subarray(fields, { minLength: 2, maxLength: 4 }).chain(filtersOf);
    let found = 0;
    const property = fc.asyncProperty(filters, fc.constantFrom(undefined, ...orders), async (filter, orderBy) => {
      if (isPossible(filter, orderBy)) found += (await expectListed(filter, orderBy)).length;
    });
    await fc.assert(property, { numRuns: 150 });
    expect(found).toBeGreaterThan(0);
  });

  test("`not`, `or` and the scope find what they say, beside the rest of the filter", async () => {
    const conditions = fc
      .subarray(
        fields.filter((field) => field !== "parentId"),
        { maxLength: 2 },
      )
      .chain(filtersOf);
    const filters = fc.record(
      {
        ...{
          types: fc.constantFrom<string[]>(["DIRECT"], ["GROUP"]),
          scope: fc.constantFrom("TOP_LEVEL", "ANY_DEPTH", null),
        },
        ...{ not: fc.option(conditions), or: fc.option(fc.array(conditions, { minLength: 1, maxLength: 3 })) },
      },
      { requiredKeys: [] },
    );
    const found = { some: 0, fewer: 0 };
    const property = fc.asyncProperty(filters, fc.constantFrom(undefined, ...orders), async (filter, orderBy) => {
      if (!isPossible(filter, orderBy)) return;
      const ids = await expectListed(filter, orderBy);
      if (ids.length > 0) found.some++;
      if (ids.length < expected({ scope: filter.scope ?? null }).length) found.fewer++;
    });
    await fc.assert(property, { numRuns: 150 });
    expect([found.some > 20, found.fewer > 20]).toEqual([true, true]);
  });

  test("null is the same as omitted, everywhere in it", async () => {
    const everything = expected({});
    expect(everything.length).toBeGreaterThan(30);
    const nothing = Object.fromEntries(fields.map((field) => [field, null]));
    const openRange = { createdAt: { from: null, to: null }, lastActivityAt: {}, not: {}, or: null, scope: null };
    for (const filter of [undefined, null, {}, nothing, openRange]) {
      const found = await list({ filter, orderBy: null, first: 100 });
      expect(found).toMatchObject({ ids: everything.slice(0, 100), totalCount: everything.length });
    }
  });

  test("% and _ and \\ in a name are only themselves", async () => {
    for (const part of ["100%", "r_s", "k\\s"]) {
      const all = await expectListed({ name: part });
      expect(all.length).toBeGreaterThan(0);
      const named = here.listed.filter(({ row, parentId }) => row.name?.includes(part) && !parentId);
      expect(new Set(all)).toEqual(new Set(named.map(({ id }) => id)));
    }
    for (const part of ["%ord", "o%der", "o%r", "o_d"]) expect(await expectListed({ name: part })).toEqual([]);
  });

  test("a hostname is recognised however it is written", async () => {
    const ids = await expectListed({ channelIdentifier: "a.example.com" });
    expect(
      (await list({ filter: { channelIdentifier: " https://A.Example.com:8080/cart " }, first: 100 })).ids,
    ).toEqual(ids.slice(0, 100));
  });
});

describe("the order of conversations", () => {
  test.each(orders)("$field $direction is stable and total, however many share a millisecond", async (orderBy) => {
    const ids = expected({}, orderBy);
    const pages = async (
      argsAfter: (page: { hasNextPage: boolean; endCursor: string } & Record<string, unknown>) => object | false,
    ) => {
      const seen: string[][] = [];
      let args = argsAfter({ hasNextPage: true, hasPreviousPage: true, endCursor: null as never, startCursor: null });
      while (args) {
        const { ids, pageInfo } = await list({ orderBy, ...args });
        seen.push(ids);
        args = argsAfter(pageInfo);
      }
      return seen;
    };
    const forward = await pages(({ hasNextPage, endCursor }) => hasNextPage && { first: 7, after: endCursor });
    expect(forward.flat()).toEqual(ids);
    const backward = await pages(
      ({ hasPreviousPage, startCursor }) => Boolean(hasPreviousPage) && { last: 7, before: startCursor },
    );
    expect(backward.reverse().flat()).toEqual(ids);
  });

  test("by last activity puts the conversation that just got a message at the recent end", async () => {
    const { db } = await testDatabase();
    const workspace = await newWorkspace();
    const { workspaceId } = workspace.caller;
    const made = [];
    for (let n = 0; n < 3; n++) made.push(await db.conversation.create({ data: { workspaceId, type: "GROUP" } }));
    const oldest = made[0]?.id as string;
    await db.message.create({
      data: { workspaceId, conversationId: oldest, text: "Hello", createdAt: new Date(Date.now() + 1000) },
    });
    const { list } = await workspace.ask(conversationsDocument, {
      orderBy: { field: "LAST_ACTIVITY_AT", direction: "DESC" },
    });
    expect(list.nodes.map(({ id }: { id: string }) => id)).toEqual(
      [made[0], made[2], made[1]].map((row) => encodeGlobalId("Conversation", row?.id as string)),
    );
  });
});

describe("another workspace", () => {
  test("is never reached by its ids and names", async () => {
    const there = await populate(12);
    const foreign = there.listed.find(
      ({ customer, channels }) => customer?.externalId && channels.length > 0,
    ) as Listed;
    const filters: ConversationFilter[] = [
      { parentId: foreign.id },
      { customerId: foreign.customer?.id },
      { memberId: encodeGlobalId("Member", there.members[0]?.id as string) },
      { channelId: foreign.channels[0]?.id },
      { ownerId: encodeGlobalId("Integration", there.integration.id) },
    ];
    for (const filter of filters) expect(await list({ filter })).toMatchObject({ ids: [], totalCount: 0 });
    const ours = new Set(here.listed.map(({ id }) => id));
    for (const filter of [
      { customerExternalId: foreign.customer?.externalId },
      { channelIdentifier: "a.example.com" },
      { name: "order" },
    ]) {
      for (const id of (await list({ filter, first: 100 })).ids) expect(ours).toContain(id);
    }
  });
});

describe("impossible values", () => {
  const now = instant(0);
  const deep = JSON.parse(`${'{"a":'.repeat(11)}1${"}".repeat(11)}`);
  const conversation = "conversation_0190e0a4-5c7e-7c3a-9d2b-6b1f0e3a9c11";
  const member = "member_0190e0a4-5c7e-7c3a-9d2b-6b1f0e3a9c11";
  const text: [object, string, string][] = [
    [{ name: "" }, "filter.name", "TOO_SHORT"],
    [{ name: " \u3000" }, "filter.name", "TOO_SHORT"],
    [{ name: "a".repeat(201) }, "filter.name", "TOO_LONG"],
    [{ name: "ab\0c" }, "filter.name", "INVALID_TEXT"],
    [{ name: "ab\ud800c" }, "filter.name", "INVALID_TEXT"],
    [{ metadata: deep }, "filter.metadata", "METADATA_TOO_DEEP"],
    [{ metadata: { big: "a".repeat(17_000) } }, "filter.metadata", "METADATA_TOO_LARGE"],
    [{ metadata: { a: "\0" } }, "filter.metadata", "INVALID_TEXT"],
    [{ metadata: { a: 2 ** 53 } }, "filter.metadata", "INVALID_METADATA"],
    [{ metadata: JSON.parse('{"__proto__": 1}') }, "filter.metadata", "INVALID_METADATA"],
  ];
  const ofConversations: [object, string, string][] = [
    ...text,
    [{ parentId: member }, "filter.parentId", "INVALID_ID"],
    [{ customerId: conversation }, "filter.customerId", "INVALID_ID"],
    [{ memberId: conversation }, "filter.memberId", "INVALID_ID"],
    [{ channelId: "" }, "filter.channelId", "INVALID_ID"],
    [{ channelId: "channel_1" }, "filter.channelId", "INVALID_ID"],
    [{ ownerId: member }, "filter.ownerId", "INVALID_ID"],
    [{ ownerId: "integration_0190E0A4-5C7E-7C3A-9D2B-6B1F0E3A9C11" }, "filter.ownerId", "INVALID_ID"],
    [{ customerExternalId: "" }, "filter.customerExternalId", "TOO_SHORT"],
    [{ customerExternalId: "a".repeat(256) }, "filter.customerExternalId", "TOO_LONG"],
    [{ channelIdentifier: "no host name" }, "filter.channelIdentifier", "INVALID_HOSTNAME"],
    [{ createdAt: { from: now, to: now } }, "filter.createdAt", "EMPTY_RANGE"],
    [{ lastActivityAt: { from: instant(1), to: now } }, "filter.lastActivityAt", "EMPTY_RANGE"],
    [{ updatedAt: { from: now, to: now } }, "filter.updatedAt", "EMPTY_RANGE"],
    [{ types: [] }, "filter.types", "TOO_SHORT"],
    [{ or: [] }, "filter.or", "TOO_SHORT"],
    [{ or: Array(11).fill({}) }, "filter.or", "TOO_LONG"],
    [{ or: [{}, { memberId: conversation }] }, "filter.or.1.memberId", "INVALID_ID"],
    [{ not: { search: "" } }, "filter.not.search", "TOO_SHORT"],
    [{ ids: Array(101).fill(conversation) }, "filter.ids", "TOO_LONG"],
    [{ ids: [conversation, member] }, "filter.ids.1", "INVALID_ID"],
    [{ parentId: conversation, scope: "TOP_LEVEL" }, "filter.scope", "CONTRADICTION"],
    [{ not: { parentId: conversation } }, "filter.not.parentId", "INVALID_VARIABLES"],
    [{ types: ["CHANNEL"] }, "filter.types.0", "INVALID_VARIABLES"],
    [{ metadata: [] }, "filter.metadata", "INVALID_VARIABLES"],
    [{ metadata: "{}" }, "filter.metadata", "INVALID_VARIABLES"],
    [{ createdAt: { from: "yesterday" } }, "filter.createdAt.from", "INVALID_VARIABLES"],
    [{ createdAt: { since: now } }, "filter.createdAt.since", "INVALID_VARIABLES"],
    [{ memberIds: [] }, "filter.memberIds", "INVALID_VARIABLES"],
  ];
  const ofCustomers: [object, string, string][] = [
    ...text,
    [{ externalId: "" }, "filter.externalId", "TOO_SHORT"],
    [{ email: "nobody" }, "filter.email", "INVALID_EMAIL"],
    [{ phone: "12" }, "filter.phone", "INVALID_PHONE"],
    [{ metadata: 1 }, "filter.metadata", "INVALID_VARIABLES"],
  ];
  const refuses = (document: string, orderBy?: object) => async (filter: object, field: string, reason: string) => {
    const { countStatements } = await testDatabase();
    const statements = await countStatements(async () => {
      const { data, errors } = await here.query(document, { filter, orderBy });
      expect(errors?.map(({ extensions }) => extensions)).toEqual([{ code: "BAD_USER_INPUT", field, reason }]);
      expect(data?.list ?? null).toBeNull();
    });
    expect(statements).toBe(0);
  };

  test.each(ofConversations)("conversations refuses %j: %s %s", refuses(conversationsDocument));
  const byTree = refuses(conversationsDocument, { field: "TREE_LAST_ACTIVITY_AT", direction: "DESC" });
  test.each([{ parentId: conversation }, { scope: "ANY_DEPTH" }])(
    "conversations refuses to order %j by TREE_LAST_ACTIVITY_AT",
    (filter) => byTree(filter, "orderBy.field", "CONTRADICTION"),
  );
  test.each(ofCustomers)("customers refuses %j: %s %s", refuses(customersDocument));
});

describe("the filter of customers", () => {
  const values: Record<keyof CustomerFilter, unknown[]> = {
    externalId: ["user_0_0", "user_3_13", "USER_0_0", "user", "user_%"],
    email: ["person0@example.com", "PERSON3@EXAMPLE.COM", " Person6@Example.com ", "person1@example.com"],
    phone: ["+4930901800", "+49 30 9018 04", "+49 (30) 901899"],
    name: nameParts,
    metadata: metadataParts,
    search: [...nameParts, "person3", "user_0", "USER_1", "example.com", "p", "us", ...idParts],
    ids: [[], ["customer_0190e0a4-5c7e-7c3a-9d2b-6b1f0e3a9c11"]],
    hasConversation: [true, false],
  };
  beforeAll(() => {
    values.ids.push(here.customers.slice(3, 6).map(({ id }) => encodeGlobalId("Customer", id)));
  });
  const hasConversation = ({ id }: Customer) => here.listed.some(({ row }) => row.customerId === id && !row.parentId);
  const expectCustomers = async (given: CustomerFilter) => {
    const normal = { ...given, email: given.email?.trim(), phone: given.phone?.replace(/[ ()]/g, "") };
    const ids = here.customers
      .filter((customer) => matchesCustomer({ ...customer, hasConversation: hasConversation(customer) }, normal))
      .sort((a, b) => (a.id < b.id ? 1 : -1))
      .map(({ id }) => ({ id: encodeGlobalId("Customer", id) }));
    const { list } = await here.ask(customersDocument, { filter: given, first: 100 });
    expect({ given, list }).toEqual({ given, list: { nodes: ids, totalCount: ids.length } });
    return ids.length;
  };

  test.each(Object.entries(values))("%s alone finds what it says, and sometimes something", async (field, all) => {
    let found = 0;
    for (const value of all) found += await expectCustomers({ [field]: value });
    expect(found).toBeGreaterThan(0);
  });

  test("several fields together find what all of them say", async () => {
    const optional = (all: unknown[]) => fc.oneof(fc.constant(null), fc.constantFrom(...all)) as fc.Arbitrary<never>;
    const filters = fc.record({
      ...{ externalId: optional(values.externalId), email: optional(values.email), phone: optional(values.phone) },
      ...{ name: optional(values.name), metadata: optional(values.metadata) },
      ...{ search: optional(values.search), hasConversation: optional(values.hasConversation) },
    });
    await fc.assert(
      fc.asyncProperty(filters, async (filter) => void (await expectCustomers(filter))),
      { numRuns: 100 },
    );
  });
});
