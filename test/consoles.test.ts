import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { type BackendOptions, createBackend } from "../docs/consoles/backend.ts";
import { filterOf, filterOfConditions } from "../docs/consoles/filters.ts";
import { connectGateway, GatewayError } from "../docs/consoles/gateway.ts";
import { Records } from "../docs/consoles/records.ts";
import { createKey } from "../src/keys/manage-keys.ts";
import { testDatabase } from "./support/database.ts";
import { startGateway } from "./support/gateway.ts";
import { newDirectory } from "./support/process.ts";
import { sendRaw } from "./support/raw-http.ts";
import { serve } from "./support/serve.ts";
import { openStream } from "./support/stream.ts";
import { withKey } from "./support/with-key.ts";

let shop: Awaited<ReturnType<typeof newShop>>;

/** Two integrations of one workspace, each with its records, and the requests that were sent. */
async function newShop() {
  const gateway = await startGateway();
  const other = await gateway.newActor();
  const { db } = await testDatabase();
  const names = { workspace: gateway.workspace.slug, integration: other.integration.name };
  const { key } = await createKey(db, { ...names, permissions: ["fullAccess"] });
  const sent: string[] = [];
  const connect = (apiKey: string) =>
    new Records(
      connectGateway(gateway.url, (url, init) => {
        sent.push(String(init?.body));
        return withKey(apiKey)(url, init);
      }),
    );
  return { sent, records: connect(gateway.key), colleague: connect(key), workspace: gateway.workspace };
}

/** Conversations under one of their own: their ids, newest first, and a filter that finds no others. */
async function openOrders(count: number) {
  const customer = { externalId: crypto.randomUUID(), name: "Jane Customer" };
  const { id: parentId, customer: known } = await shop.records.create("conversations", { customer });
  const ids: string[] = [];
  const add = async () => {
    const name = `Order ${ids.length + 1}`;
    ids.unshift((await shop.records.create("conversations", { parentId, name, customerId: known.id })).id);
  };
  while (ids.length < count) await add();
  return { ids, add, parentId, customer, customerId: known.id };
}

async function refusalOf(work: Promise<unknown>): Promise<GatewayError> {
  const error = await work.then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(GatewayError);
  return error;
}

const idsOf = (records: { id: string }[]) => records.map(({ id }) => id);
const newestFirst = { field: "createdAt", order: "DESC" } as const;

beforeAll(async () => {
  shop = await newShop();
});

describe("a numbered page", () => {
  test("begins where the page before it ended, even if records were added above meanwhile", async () => {
    const { ids, add, parentId } = await openOrders(7);
    const before = [...ids];
    const list = { filter: { parentId }, sort: newestFirst, perPage: 3 };
    const page = (number: number) => shop.records.list("conversations", { ...list, page: number });
    expect(await page(1)).toMatchObject({ total: 7, hasNextPage: true });
    await add();
    expect(idsOf((await page(2)).records)).toEqual(before.slice(3, 6));
    expect(await page(3)).toMatchObject({ total: 8, hasNextPage: false, records: [{ id: before[6] }] });
  });

  test("that was not reached page by page costs one request more, and none when it is asked for again", async () => {
    const { ids, parentId } = await openOrders(7);
    const page = async (number: number) => {
      shop.sent.length = 0;
      const list = { filter: { parentId }, sort: newestFirst, page: number, perPage: 2 };
      return { ids: idsOf((await shop.records.list("conversations", list)).records), requests: shop.sent.length };
    };
    expect(await page(4)).toEqual({ ids: ids.slice(6), requests: 2 });
    expect(await page(3)).toEqual({ ids: ids.slice(4, 6), requests: 1 });
    expect(await page(4)).toEqual({ ids: ids.slice(6), requests: 1 });
    expect((await page(5)).ids).toEqual([]);
  });
});

describe("a page of more than 100", () => {
  /** A workspace of 1,050 members and more. */
  async function newTeam() {
    const team = await newShop();
    const { db } = await testDatabase();
    const names = Array.from({ length: 1_050 }, (_, n) => `agent ${String(n).padStart(4, "0")}`);
    const data = names.map((name) => ({ workspaceId: team.workspace.id, name, searchName: name }));
    await db.member.createMany({ data });
    return { ...team, names };
  }

  test("is read in parts, counted once, and the page after it as well", async () => {
    const { records, sent, names } = await newTeam();
    const byName = { field: "name", order: "ASC" } as const;
    const read = async (page: number, perPage: number) => {
      sent.length = 0;
      const list = { filter: { search: "agent 0" }, sort: byName, page, perPage };
      return records.list("members", list);
    };
    const all = await read(1, 1_000);
    expect(all.records.map(({ name }) => name)).toEqual(names.slice(0, 1_000));
    expect(all).toMatchObject({ total: 1_000, hasNextPage: false });
    expect(sent.filter((body) => body.includes("totalCount"))).toHaveLength(1);
    const third = await read(3, 250);
    expect(third.records.map(({ name }) => name)).toEqual(names.slice(500, 750));
    expect(third).toMatchObject({ total: 1_000, hasNextPage: true });
    expect((await read(4, 250)).records).toHaveLength(250);
    expect(sent).toHaveLength(3);
  });

  test("has no exact total above 1,000, and tells of at least one more as long as there is a next page", async () => {
    const { records } = await newTeam();
    const page = (page: number) => records.list("members", { filter: {}, page, perPage: 1_000 });
    expect(await page(1)).toMatchObject({ total: null, atLeast: 1_001, hasNextPage: true });
    const last = await page(2);
    expect(last).toMatchObject({ total: null, hasNextPage: false });
    expect(last.atLeast).toBe(1_000 + last.records.length);
  });
});

describe("a list", () => {
  test("has the filters and the sort of react-admin and of Refine", async () => {
    const { ids, parentId, customer } = await openOrders(3);
    const from = (await shop.records.one("conversations", ids[1])).createdAt;
    const find = async (filter: Record<string, unknown>) => {
      const sort = { field: "name", order: "ASC" } as const;
      return idsOf((await shop.records.list("conversations", { filter, sort, page: 1, perPage: 10 })).records);
    };
    expect(await find(filterOf({ parentId, createdAt_gte: from, type: "DIRECT" }))).toEqual([ids[1], ids[0]]);
    expect(await find(filterOf({ q: customer.externalId, name: "" }))).toEqual([parentId]);
    const conditions = [
      { field: "parentId", operator: "eq", value: parentId },
      { field: "createdAt", operator: "gte", value: from },
      { field: "name", operator: "ne", value: "Order 2" },
    ];
    expect(await find(filterOfConditions(conditions))).toEqual([ids[0]]);
    const named = (...names: string[]) => ({
      operator: "or",
      value: names.map((value) => ({ field: "name", operator: "eq", value })),
    });
    const below = { field: "parentId", operator: "eq", value: parentId };
    expect(await find(filterOfConditions([below, named("Order 1", "Order 3")]))).toEqual([ids[2], ids[0]]);
    expect(await find(filterOfConditions([below, named("Order 1", "")]))).toEqual([ids[2]]);
    expect(await find(filterOfConditions([below, named("", "")]))).toEqual(ids.toReversed());
    expect(() => filterOfConditions([{ field: "name", operator: "endswith", value: "3" }])).toThrow("no filter");
  });

  test("is there for every resource, and records refer to each other by their ids", async () => {
    const { parentId, customerId } = await openOrders(0);
    const of = { filter: {}, page: 1, perPage: 10 };
    for (const resource of ["conversations", "customers", "members", "channels", "integrations"]) {
      const { records } = await shop.records.list(resource, of);
      expect(await shop.records.many(resource, idsOf(records)), resource).toEqual(records);
    }
    const said = { conversationId: parentId, text: "Where is it?", visibility: "INTERNAL" };
    const message = await shop.records.create("messages", said);
    const messages = await shop.records.list("messages", { ...of, filter: { conversationId: parentId } });
    expect(messages).toMatchObject({ total: 1, records: [{ id: message.id, text: "Where is it?" }] });
    const all = { filter: { customerId, scope: "ANY_DEPTH" }, page: 1, perPage: 10 };
    expect(idsOf((await shop.records.list("conversations", all)).records)).toEqual([parentId]);
    const strangers = await newShop();
    expect(await strangers.records.many("conversations", [parentId])).toEqual([]);
    expect(await refusalOf(strangers.records.one("conversations", parentId))).toMatchObject({ status: 404 });
  });
});

describe("a form", () => {
  test("sends the changed fields, and does not overwrite what a colleague wrote meanwhile", async () => {
    const { parentId: id } = await openOrders(0);
    const previous = await shop.records.one("conversations", id);
    const metadata = { priority: "high" };
    const saved = await shop.colleague.update("conversations", { ...previous, metadata }, { id, previous });
    expect(saved).toMatchObject({ metadata, revision: previous.revision + 1 });
    const stale = shop.records.update("conversations", { ...previous, name: "VIP" }, { id, previous });
    const refusal = await refusalOf(stale);
    expect(refusal).toMatchObject({
      code: "CONFLICT",
      reason: "STALE_REVISION",
      revision: saved.revision,
      status: 409,
    });
    expect(refusal.body.errors).toEqual({ root: { serverError: refusal.message } });
    const emptied = await shop.records.update("conversations", { metadata: {}, revision: saved.revision }, { id });
    expect(emptied).toMatchObject({ metadata: {}, revision: saved.revision + 1 });
    shop.sent.length = 0;
    await shop.records.update("conversations", emptied, { id, previous: emptied });
    expect(shop.sent.filter((body) => body.includes("mutation"))).toEqual([]);
  });

  test("shows a refusal at the field that it is about", async () => {
    const jane = await shop.records.create("customers", { email: "jane@example.com", name: "Jane" });
    for (const [field, value] of Object.entries({ name: "x".repeat(201), email: "no address" })) {
      const change = shop.records.update("customers", { ...jane, [field]: value }, { id: jane.id, previous: jane });
      const { body, errors } = await refusalOf(change);
      expect(Object.keys(errors)).toEqual([field]);
      expect(body.errors).toEqual(errors);
    }
    const created = await refusalOf(shop.records.create("customers", { email: "no address" }));
    expect(created).toMatchObject({ statusCode: 400, errors: { email: created.message } });
  });
});

describe("a deletion", () => {
  test("deletes the conversations below only with cascade, and tells which ones block it", async () => {
    const { parentId: id } = await openOrders(0);
    const order = await shop.colleague.create("conversations", { parentId: id, name: "Order" });
    const shown = await shop.records.one("conversations", id);
    expect(shown).toMatchObject({ viewerCanDelete: true, viewerCanDeleteTree: false });
    expect(await refusalOf(shop.records.remove("conversations", id))).toMatchObject({ reason: "HAS_CHILDREN" });
    const refusal = await refusalOf(shop.records.remove("conversations", id, { cascade: true }));
    expect(refusal).toMatchObject({ reason: "LIFECYCLE_NOT_OWNED", blockedBy: [order.id], statusCode: 403 });
    await shop.colleague.remove("conversations", order.id);
    expect(await shop.records.remove("conversations", id, { cascade: true })).toEqual({ id });
  });

  test("of a message leaves its place, and its author may correct it before", async () => {
    const { parentId: conversationId } = await openOrders(0);
    const sent = await shop.records.create("messages", { conversationId, text: "It leaves todaj." });
    const change = { id: sent.id, previous: sent };
    const corrected = await shop.records.update("messages", { text: "It leaves today." }, change);
    expect(corrected).toMatchObject({ text: "It leaves today.", revision: 1 });
    expect(await shop.records.remove("messages", sent.id)).toMatchObject({ text: "", number: 1 });
    await expect(async () => shop.records.remove("members", "member_1")).rejects.toThrow("no way to delete members");
  });
});

describe("the backend", () => {
  const json = { "content-type": "application/json" };

  /** Serves these files, and passes requests on to a gateway. `ends` tells how its streams ended. */
  async function startBackend(options: Partial<BackendOptions> = {}, written: Record<string, string> = {}) {
    const ends: unknown[] = [];
    const gateway = await startGateway({ observe: ({ stream }) => stream && ends.push(stream.end) });
    const files = join(await newDirectory(), "files");
    for (const [name, text] of Object.entries(written)) {
      await mkdir(dirname(join(files, name)), { recursive: true });
      await writeFile(join(files, name), text);
    }
    const server = createBackend({ gateway: gateway.url, keyOf: () => gateway.key, files, ...options });
    const { origin } = await serve(server);
    const ask = (
      headers: Record<string, string> = {},
      body = JSON.stringify({ query: "{ viewer { workspace { slug } } }" }),
    ) =>
      sendRaw(origin, {
        headers: { ...json, "content-length": String(Buffer.byteLength(body)), ...headers },
        chunks: [body],
      });
    const get = (target: string, headers: Record<string, string> = {}) =>
      sendRaw(origin, { method: "GET", target, headers });
    return { gateway, ends, origin, ask, get };
  }

  test("adds the key of the session, and answers with what the gateway answered, headers included", async () => {
    const keys: Record<string, string> = {};
    const { gateway, ask } = await startBackend({ keyOf: (session = "") => keys[session] });
    keys.sams = gateway.key;
    const answer = await ask({ cookie: "theme=dark; session=sams", "x-request-id": "request-of-sam" });
    expect(answer).toMatchObject({ status: 200, headers: { "x-request-id": "request-of-sam" } });
    expect(JSON.parse(answer.body)).toEqual({ data: { viewer: { workspace: { slug: gateway.workspace.slug } } } });
    const { body, headers } = await ask({ cookie: "session=sams" }, "{}");
    expect(headers["content-type"]).toMatch(/json/);
    expect(JSON.parse(body)).toMatchObject({ errors: [{ extensions: { code: "BAD_USER_INPUT" } }] });
    expect(await ask()).toMatchObject({ status: 401 });
    expect(await ask({ cookie: "session=nobodys" })).toMatchObject({ status: 401 });
  });

  test("refuses requests that a page of another site could send, even if its domain leads here", async () => {
    const { ask, get, origin } = await startBackend();
    expect(await ask({ "sec-fetch-site": "same-origin" })).toMatchObject({ status: 200 });
    expect(await ask({ "sec-fetch-site": "cross-site" })).toMatchObject({ status: 403 });
    expect(await ask({ "content-type": "text/plain" })).toMatchObject({ status: 403 });
    expect(await get("/graphql?query={__typename}", json)).toMatchObject({ status: 403 });
    expect(await sendRaw(origin, { headers: json, chunks: ["{}"] })).toMatchObject({ status: 413 });
    expect(await ask({ host: "localhost:5173" })).toMatchObject({ status: 200 });
    const rebound = { host: "rebound.example.com", "sec-fetch-site": "same-origin" };
    expect(await ask(rebound)).toMatchObject({ status: 421 });
    expect(await get("/", rebound)).toMatchObject({ status: 421 });
    const named = await startBackend({ hosts: ["console.example.com"] });
    expect(await named.ask({ host: "console.example.com" })).toMatchObject({ status: 200 });
    expect(await named.ask({ host: "localhost" })).toMatchObject({ status: 421 });
  });

  test("passes a subscription on batch by batch, and ends it when the browser leaves", async () => {
    const { gateway, ends, origin } = await startBackend();
    const query = "subscription { events { nodes { type } } }";
    const stream = await openStream({ url: `${origin}/graphql`, key: "the backend has it", query });
    expect(stream.headers["content-type"]).toMatch("text/event-stream");
    expect(await stream.next()).toMatchObject({ data: { events: { nodes: [] } } });
    await gateway.newCustomer();
    expect(await stream.next()).toMatchObject({ data: { events: { nodes: [{ type: "CUSTOMER_CREATED" }] } } });
    stream.close();
    await vi.waitFor(() => expect(ends).toEqual(["gone"]), { timeout: 20_000 });
  });

  test("serves the console's files, its page at every path of its own, and nothing else", async () => {
    const page = "<!doctype html><title>Console</title>";
    const protection = { "x-content-type-options": "nosniff", "content-security-policy": "frame-ancestors 'none'" };
    const { get, ask } = await startBackend(
      { gateway: "http://127.0.0.1:1/graphql" },
      {
        "index.html": page,
        "assets/index-B4x_9.js": "start()",
        "assets/logo.svg": "<svg/>",
        ".env.txt": "secret",
        ".well/key.json": "{}",
        "../secret.txt": "secret",
      },
    );
    for (const path of ["/", "/?a=1", "/conversations", "/conversations/conversation_1/show"]) {
      const answer = await get(path);
      expect(answer, path).toMatchObject({ status: 200, body: page });
      expect(answer.headers).toMatchObject({ "content-type": "text/html; charset=utf-8", ...protection });
    }
    const script = await get("/assets/index-B4x_9.js?v=1");
    expect(script).toMatchObject({ status: 200, body: "start()" });
    expect(script.headers["content-type"]).toBe("text/javascript; charset=utf-8");
    expect(await get("/assets/logo.svg")).toMatchObject({ status: 200, headers: { "content-type": "image/svg+xml" } });
    const absent = [
      "/assets/old.js",
      "/favicon.ico",
      "/.env.txt",
      "/.well/key.json",
      "/assets/../.env.txt",
      "/../secret.txt",
      "/assets/../../secret.txt",
      "/%2e%2e/secret.txt",
      "/..%2fsecret.txt",
      "/index.html/a.js",
    ];
    for (const path of absent)
      expect(await get(path), path).toMatchObject({ status: 404, body: "", headers: protection });
    expect(await ask()).toMatchObject({ status: 502, body: expect.stringContaining("cannot be reached") });
  });
});
