import { beforeAll, describe, expect, test } from "vitest";
import { openStream } from "../support/stream.ts";
import { composers } from "./compose.ts";
import { gateways, serveIntrospecting } from "./gateways.ts";
import { send } from "./http.ts";
import { newTenant, serveParley } from "./parley.ts";
import { csatOf, pointsOf, serveShops } from "./shops.ts";

const externalIds = Array.from({ length: 20 }, (_, index) => `visitor_${index}`);
const business = { tickets: [] as string[], invoices: [] as string[] };

let parley: Awaited<ReturnType<typeof serveParley>>;
let shops: Awaited<ReturnType<typeof serveShops>>;
let tenant: Awaited<ReturnType<typeof newTenant>>;
let conversations: Awaited<ReturnType<typeof tenant.converse>>[];
let urls: Record<"parley" | "shop" | "billing", string>;
let sdls: typeof urls;

beforeAll(async () => {
  parley = await serveParley();
  tenant = await newTenant();
  conversations = [];
  for (const externalId of externalIds) conversations.push(await tenant.converse(externalId));
  shops = await serveShops(business);
  const { shop, billing } = shops;
  urls = { parley: parley.url, shop: shop.url, billing: billing.url };
  const sdlOf = async (url: string) => (await send(url, {}, "{ _service { sdl } }")).data._service.sdl as string;
  sdls = { parley: await parley.sdl(), shop: await sdlOf(shop.url), billing: await sdlOf(billing.url) };
});

const pairs = Object.entries(gateways).flatMap(([gateway, serve]) =>
  Object.entries(composers).map(([composer, compose]) => ({
    gateway,
    composer,
    start: () =>
      serve(
        compose((["parley", "shop", "billing"] as const).map((name) => ({ name, url: urls[name], sdl: sdls[name] }))),
      ),
  })),
);

const setups = [
  ...pairs,
  {
    gateway: "Apollo",
    composer: "itself, asking the subgraphs",
    start: () =>
      serveIntrospecting(
        Object.entries(urls).map(([name, url]) => ({ name, url })),
        { "x-api-key": tenant.key },
      ),
  },
];

describe.each(setups)("the gateway of $gateway, composed by $composer", ({ start }) => {
  let url: string;
  beforeAll(async () => {
    url = await start();
  });

  const asking = (key: string) => (query: string, variables?: object) =>
    send(url, { "x-api-key": key }, query, variables);
  const ask = async (query: string, variables?: object) => {
    const { data, errors } = await asking(tenant.key)(query, variables);
    expect(errors).toBeUndefined();
    return data;
  };

  /** Lets the shop's tickets and the invoices refer to these, for what is asked next. */
  const refer = (tickets: string[], invoices: string[] = []) => Object.assign(business, { tickets, invoices });

  test.each(["x-api-key", "authorization"])("forwards the client's %s to Parley and to nobody else", async (header) => {
    parley.takeRequests();
    const credential = header === "authorization" ? `Bearer ${tenant.key}` : tenant.key;
    refer([conversations[0]?.id ?? ""]);
    shops.shop.takeRequests();
    const document = "{ tickets { conversation { name csat } } }";
    const { data, errors } = await send(url, { [header]: credential }, document);
    expect(errors).toBeUndefined();
    expect(data.tickets).toEqual([{ conversation: { name: "visitor_0", csat: expect.any(Number) } }]);
    expect(parley.takeRequests().map((headers) => headers[header])).toEqual([credential]);
    const others = shops.shop.takeRequests();
    expect(others).not.toHaveLength(0);
    expect(JSON.stringify(others)).not.toContain(tenant.key);
  });

  test("goes from Parley's conversation to the shop's fields", async () => {
    const [{ id, customer }] = conversations as [(typeof conversations)[0]];
    const { conversation } = await ask(
      `query ($id: ID!) {
        conversation(id: $id) {
          name
          csat
          orders(first: 1) { edges { node { id total } cursor } pageInfo { hasNextPage endCursor } }
          customer { externalId points }
          participants { nodes { actor { __typename ... on Customer { externalId points } ... on Member { name } } } }
        }
      }`,
      { id },
    );
    expect(conversation).toEqual({
      name: "visitor_0",
      csat: csatOf(id),
      orders: {
        edges: [{ node: { id: `order_0_${id}`, total: 0 }, cursor: "0" }],
        pageInfo: { hasNextPage: true, endCursor: "0" },
      },
      customer: { externalId: "visitor_0", points: pointsOf(customer.id) },
      participants: {
        nodes: expect.arrayContaining([
          { actor: { __typename: "Member", name: tenant.member.name } },
          { actor: { __typename: "Customer", externalId: "visitor_0", points: pointsOf(customer.id) } },
        ]),
      },
    });
  });

  test("goes from the shop's list to Parley's conversations, with one request and as much SQL for 20 as for 2", async () => {
    const document = `query ($first: Int!) {
      tickets(first: $first) {
        subject
        conversation { id name type customer { externalId } channels { identifier } children(first: 3) { nodes { name } } }
      }
    }`;
    refer(conversations.map(({ id }) => id));
    await ask(document, { first: 1 });
    const cost = async (first: number) => {
      parley.takeRequests();
      let tickets: { conversation: { name: string } }[] = [];
      const statements = await parley.countStatements(async () => {
        ({ tickets } = await ask(document, { first }));
      });
      expect(tickets.map(({ conversation }) => conversation.name)).toEqual(externalIds.slice(0, first));
      return { requests: parley.takeRequests().length, statements };
    };
    const [two, twenty] = [await cost(2), await cost(20)];
    expect(twenty.requests).toBe(1);
    expect(twenty).toEqual(two);
  });

  test("goes from the shop's customers to Parley's, in the order asked", async () => {
    const known = [7, 2, 7].map((index) => conversations[index]?.customer.id ?? "");
    const { regulars } = await ask("query ($ids: [ID!]!) { regulars(ids: $ids) { id externalId points } }", {
      ids: known,
    });
    const expected = known.map((id, index) => ({
      id,
      externalId: `visitor_${[7, 2, 7][index]}`,
      points: pointsOf(id),
    }));
    expect(regulars).toEqual(expected);
  });

  test("refers to 1,000 records at once, and hears clearly that 1,001 are too many", async () => {
    const ids = Array.from({ length: 1001 }, () => `conversation_${crypto.randomUUID()}`);
    refer([...ids.slice(0, 999), conversations[0]?.id ?? "", ...ids.slice(999)]);
    const document = "query ($first: Int!) { tickets(first: $first) { conversation { name } } }";
    expect((await ask(document, { first: 1000 })).tickets[999]).toEqual({ conversation: { name: "visitor_0" } });
    const { errors = [] } = await asking(tenant.key)(document, { first: 1001 });
    expect(errors).not.toHaveLength(0);
    for (const { extensions } of errors) {
      expect(extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "representations", reason: "TOO_LONG" });
    }
  });

  test("goes from an externalId over Parley to the shop", async () => {
    refer([], ["visitor_3", "nobody", "visitor_4", "visitor_3"]);
    parley.takeRequests();
    const { invoices } = await ask("{ invoices { number customer { externalId name points } } }");
    const known = (number: string, index: number) => ({
      number,
      customer: {
        externalId: externalIds[index],
        name: externalIds[index],
        points: pointsOf(conversations[index]?.customer.id ?? ""),
      },
    });
    expect(invoices[0]).toEqual(known("0", 3));
    expect(invoices[2]).toEqual(known("2", 4));
    expect(invoices[3]).toEqual(known("3", 3));
    expect(invoices[1].customer?.name ?? null).toBeNull();
    expect(parley.takeRequests()).toHaveLength(1);
  });

  test("runs getOrCreateConversation, then the shop's fields of what it gives", async () => {
    const externalId = `new-${crypto.randomUUID()}`;
    const document = `mutation ($input: GetOrCreateConversationInput!) {
      getOrCreateConversation(input: $input) {
        outcome
        conversation { id metadata csat customer { externalId points } }
      }
    }`;
    const input = { customer: { externalId, name: "Jane" }, metadata: { source: "gateway", deep: [{ x: null }] } };
    const { getOrCreateConversation: created } = await ask(document, { input });
    const { id } = created.conversation;
    expect(created).toEqual({
      outcome: "CREATED",
      conversation: {
        id,
        metadata: input.metadata,
        csat: csatOf(id),
        customer: { externalId, points: expect.any(Number) },
      },
    });
    const { getOrCreateConversation: reused } = await ask(document, { input });
    expect(reused).toEqual({ ...created, outcome: "REUSED" });
  });

  test("pages through a connection, with the shop's field on every node", async () => {
    const { id } = await tenant.converse(`parent-${crypto.randomUUID()}`);
    for (const name of ["a", "b", "c", "d", "e"]) {
      await tenant.ask(
        "mutation ($input: CreateSubConversationInput!) { createSubConversation(input: $input) { conversation { id } } }",
        { input: { parentId: id, name } },
      );
    }
    const names: string[] = [];
    let after: string | null = null;
    do {
      const { conversation } = await ask(
        `query ($id: ID!, $after: String) {
          conversation(id: $id) {
            children(first: 2, after: $after) { totalCount edges { node { id name csat } } pageInfo { hasNextPage endCursor } }
          }
        }`,
        { id, after },
      );
      const { edges, pageInfo, totalCount } = conversation.children;
      expect(totalCount).toBe(5);
      for (const { node } of edges) {
        expect(node.csat).toBe(csatOf(node.id));
        names.push(node.name);
      }
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after);
    expect(names).toEqual(["e", "d", "c", "b", "a"]);
  });

  test("shows nothing of another workspace, and nothing where the record is gone", async () => {
    const foreign = await (await newTenant()).converse("visitor_0", "secret");
    refer([foreign.id, conversations[0]?.id ?? "", "conversation_0190e0a4-5c7e-7c3a-9d2b-6b1f0e3a9c11"]);
    const { data, errors = [] } = await asking(tenant.key)("{ tickets { subject conversation { name type } } }");
    expect(data.tickets.map(({ conversation }: { conversation: unknown }) => conversation)).toEqual([
      null,
      { name: "visitor_0", type: "DIRECT" },
      null,
    ]);
    expect(JSON.stringify({ data, errors })).not.toContain("secret");
  });

  test("keeps the codes of errors", async () => {
    const errorOf = async (key: string, document: string, variables?: object) => {
      const { errors } = await asking(key)(document, variables);
      expect(errors).toHaveLength(1);
      return errors?.[0];
    };
    const rename =
      "mutation ($input: UpdateConversationInput!) { updateConversation(input: $input) { conversation { id } } }";
    const missing = { input: { id: "conversation_0190e0a4-5c7e-7c3a-9d2b-6b1f0e3a9c11", name: "x" } };
    expect(await errorOf(tenant.key, rename, missing)).toMatchObject({ extensions: { code: "NOT_FOUND" } });
    expect(await errorOf(tenant.key, `{ conversation(id: "rubbish") { name } }`)).toMatchObject({
      path: ["conversation"],
      extensions: { code: "BAD_USER_INPUT", reason: "INVALID_ID", field: "id" },
    });
    const { key } = await newTenant("connect360:conversation:engage");
    expect(await errorOf(key, "{ conversations { nodes { name } } }")).toMatchObject({
      extensions: { code: "FORBIDDEN", permission: "connect360:conversation:read" },
    });
    refer(conversations.slice(0, 2).map(({ id }) => id));
    const { data, errors } = await asking(key)("{ tickets { conversation { name } } }");
    expect(data.tickets).toEqual([{ conversation: { name: null } }, { conversation: { name: null } }]);
    expect(errors).not.toHaveLength(0);
    for (const error of errors ?? []) expect(error).toMatchObject({ extensions: { code: "FORBIDDEN" } });
    refer(["conversation_rubbish"]);
    expect(await errorOf(tenant.key, "{ tickets { conversation { name } } }")).toMatchObject({
      extensions: { code: "BAD_USER_INPUT", field: "representations.0.id" },
    });
    expect(await errorOf("parley_unknown", "{ viewer { member { name } } }")).toMatchObject({
      extensions: { code: "UNAUTHENTICATED" },
    });
  });
});

test("Hive's gateway passes the subscription on over server-sent events, resumed by its cursor", async () => {
  const compose = Object.values(composers)[0] as (typeof composers)[string];
  const all = (["parley", "shop", "billing"] as const).map((name) => ({ name, url: urls[name], sdl: sdls[name] }));
  const url = await (gateways.Hive as (typeof gateways)[string])(compose(all));
  const query = `subscription ($after: String) { events(after: $after) {
    cursor nodes { number type conversation { name customer { name } } } } }`;
  const follow = (after?: string) => openStream({ url, key: tenant.key, query, variables: { after } });
  const stream = await follow();
  const begun = await stream.next();
  expect(begun).toMatchObject({ data: { events: { nodes: [] } } });
  await tenant.converse("newcomer");
  const happened = await stream.next();
  const created = expect.objectContaining({
    ...{ type: "CONVERSATION_CREATED", conversation: { name: "newcomer", customer: { name: "newcomer" } } },
  });
  expect(happened).toMatchObject({ data: { events: { nodes: expect.arrayContaining([created]) } } });
  stream.close();
  const again = await follow(begun?.event === "next" ? begun.data.events.cursor : undefined);
  expect(await again.next()).toMatchObject({ data: { events: { nodes: expect.arrayContaining([created]) } } });
  const foreign = await newTenant();
  const other = await openStream({ url, key: foreign.key, query });
  await other.next();
  await tenant.converse("another newcomer");
  await foreign.converse("foreigner");
  const theirs = await other.next();
  const named = theirs?.event === "next" ? theirs.data.events.nodes.map((node: Told) => node.conversation?.name) : [];
  expect(new Set(named.filter(Boolean))).toEqual(new Set(["foreigner"]));
});

interface Told {
  conversation: { name: string } | null;
}
