import { beforeAll, describe, expect, test } from "vitest";
import { encodeGlobalId } from "../../src/global-id.ts";
import type { FinishedExchange } from "../../src/telemetry/exchange.ts";
import { onPostgres, testDatabase } from "../support/database.ts";
import { startGateway } from "../support/gateway.ts";
import { type Message, openStream } from "../support/stream.ts";

const events = `subscription ($after: String, $filter: EventFilter, $first: Int) {
  events(after: $after, filter: $filter, first: $first) { cursor caughtUp nodes {
    number type conversationId conversation { name } message { text } } } }`;

type Gateway = Awaited<ReturnType<typeof startGateway>>;

const follow = ({ url, key }: Pick<Gateway, "url" | "key">, variables: object = {}, more: object = {}) =>
  openStream({ url, key, query: events, variables, ...more });

const nodesOf = (message: Message | undefined) => (message?.event === "next" ? message.data.events.nodes : message);
const typesOf = (message: Message | undefined) => nodesOf(message)?.map(({ type }: { type: string }) => type);
const cursorOf = (message: Message | undefined) => message?.event === "next" && message.data.events.cursor;

/** Messages until one has events. */
async function nextEvents({ next }: Awaited<ReturnType<typeof openStream>>) {
  for (;;) {
    const message = await next();
    if (!message || message.event === "complete" || message.errors || nodesOf(message).length > 0) return message;
  }
}

async function newConversation({ post, member }: Pick<Gateway, "post" | "member">, headers = {}) {
  const input = { type: "GROUP", memberIds: [encodeGlobalId("Member", member.id)] };
  const { body } = await post(
    {
      query: `mutation ($input: GetOrCreateConversationInput!) { getOrCreateConversation(input: $input) { conversation { id } } }`,
      variables: { input },
    },
    headers,
  );
  return body.data.getOrCreateConversation.conversation.id as string;
}

const rename = ({ post }: Pick<Gateway, "post">, id: string, name: string) =>
  post({
    query: `mutation ($id: ID!, $name: String) { updateConversation(input: { id: $id, name: $name }) { conversation { id } } }`,
    variables: { id, name },
  });

const send = ({ post }: Gateway, conversationId: string, input: object) =>
  post({
    query: "mutation ($input: SendMessageInput!) { sendMessage(input: $input) { message { id } } }",
    variables: { input: { conversationId, ...input } },
  });

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ keyCacheSeconds: 5 });
});

describe("a stream", () => {
  test.each(["text/event-stream", "application/graphql-response+json, application/json, text/event-stream"])(
    "tells at once where it begins, then what happens, with what is so then (Accept: %s)",
    async (accept) => {
      const id = await newConversation(gateway);
      const stream = await follow(gateway, {}, { accept });
      expect(stream).toMatchObject({
        status: 200,
        headers: { "content-type": "text/event-stream", "x-accel-buffering": "no" },
      });
      expect(nodesOf(await stream.next())).toEqual([]);
      for (const name of ["One", "Two"]) {
        await rename(gateway, id, name);
        expect(nodesOf(await nextEvents(stream))).toMatchObject([
          { type: "CONVERSATION_UPDATED", conversationId: id, conversation: { name } },
        ]);
      }
    },
  );

  test("goes on behind a cursor, whoever it came from, without a gap or a repetition", async () => {
    const first = await follow(gateway);
    const id = await newConversation(gateway);
    const seen = await nextEvents(first);
    first.close();
    for (const name of ["1", "2", "3"]) await rename(gateway, id, name);
    const stream = await follow(gateway, { after: cursorOf(seen), first: 2 });
    const batches = [await stream.next(), await stream.next()];
    expect(batches.map((batch) => batch?.event === "next" && batch.data.events.caughtUp)).toEqual([false, true]);
    const [last] = nodesOf(seen).slice(-1);
    expect(batches.flatMap(nodesOf).map(({ number }) => number - last.number)).toEqual([1, 2, 3]);
    const polled = await gateway.post({
      query: "query ($after: String) { events(after: $after) { nodes { number } pageInfo { endCursor } } }",
      variables: { after: cursorOf(seen) },
    });
    expect(polled.body.data.events.pageInfo.endCursor).toBe(cursorOf(batches[1]));
  });

  test("has what its filter lets through, and INTERNAL messages only where they are asked for", async () => {
    const [a, b] = [await newConversation(gateway), await newConversation(gateway)];
    const { body } = await gateway.post({ query: "{ eventCursor }" });
    const after = body.data.eventCursor;
    const filters: [object, string[]][] = [
      [{}, ["CONVERSATION_UPDATED", "MESSAGE_SENT", "PARTICIPANT_READ", "CONVERSATION_UPDATED"]],
      [{ types: ["CONVERSATION_UPDATED"] }, ["CONVERSATION_UPDATED", "CONVERSATION_UPDATED"]],
      [{ conversationId: a }, ["CONVERSATION_UPDATED", "MESSAGE_SENT", "PARTICIPANT_READ"]],
      [{ conversationId: b, types: ["MESSAGE_SENT"], includeInternal: true }, ["MESSAGE_SENT"]],
    ];
    await rename(gateway, a, "A");
    await send(gateway, a, { text: "Hello" });
    await send(gateway, b, { text: "Note", visibility: "INTERNAL" });
    await rename(gateway, b, "B");
    for (const [filter, types] of filters) {
      const stream = await follow(gateway, { after, filter });
      const message = await nextEvents(stream);
      expect({ filter, types: typesOf(message) }).toEqual({ filter, types });
      stream.close();
    }
  });

  test("hears nothing of another workspace, also not by its ids", async () => {
    const other = await startGateway();
    const foreign = { "x-api-key": other.key };
    const theirs = await newConversation({ ...other, post: gateway.post }, foreign);
    const [stream, named] = [await follow(gateway), await follow(gateway, { filter: { conversationId: theirs } })];
    for (const one of [stream, named]) await one.next();
    await newConversation({ ...other, post: gateway.post }, foreign);
    const ours = await newConversation(gateway);
    expect(nodesOf(await nextEvents(stream))[0]).toMatchObject({ type: "CONVERSATION_CREATED", conversationId: ours });
    const { body } = await gateway.post({ query: "{ eventCursor }" }, foreign);
    const refused = await (await follow(gateway, { after: body.data.eventCursor })).next();
    expect(refused).toMatchObject({ errors: [{ extensions: { reason: "INVALID_CURSOR" } }] });
  });

  test("is complete when it is old, and when the gateway stops, which takes no new one", async () => {
    const stopping = new AbortController();
    const finished: FinishedExchange[] = [];
    const observe = (exchange: FinishedExchange) => void finished.push(exchange);
    const ending = await startGateway({ stopping: stopping.signal, observe });
    const stream = await follow(ending);
    await stream.next();
    stopping.abort();
    expect(await stream.next()).toEqual({ event: "complete" });
    expect(await stream.next()).toBeUndefined();
    expect(await follow(ending)).toMatchObject({ status: 503 });
    const aging = await startGateway({ streams: { maxSeconds: 0.05 }, observe });
    const old = await follow(aging);
    // It may be old before it has said anything.
    let last = await old.next();
    while (last?.event === "next") last = await old.next();
    expect(last).toEqual({ event: "complete" });
    await expect
      .poll(() => finished.map(({ stream }) => stream))
      .toEqual([{ batches: 1, events: 0, end: "drain" }, undefined, { batches: 1, events: 0, end: "age" }]);
  });

  test("is not cut where a request would be", async () => {
    const strict = await startGateway({ timeouts: { exchangeTimeout: 1_000 } });
    const stream = await follow(strict);
    await stream.next();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await newConversation({ ...strict, post: gateway.post }, { "x-api-key": strict.key });
    expect(typesOf(await nextEvents(stream))).toContain("CONVERSATION_CREATED");
  });
});

describe("a stream is refused", () => {
  const refusal = async (gateway: Gateway, variables: object, more: object = {}) => {
    const { status, next } = await follow(gateway, variables, more);
    const message = await next();
    return { status, ...(message?.event === "next" && message.errors[0].extensions) };
  };

  test("before it begins, with what is wrong", async () => {
    const bad = { code: "BAD_USER_INPUT" };
    expect(await refusal(gateway, { first: 101 })).toMatchObject({ ...bad, reason: "OUT_OF_RANGE", field: "first" });
    expect(await refusal(gateway, { after: "x" })).toMatchObject({ ...bad, reason: "INVALID_CURSOR", field: "after" });
    expect(await refusal(gateway, { filter: { types: [] } })).toMatchObject({
      reason: "TOO_SHORT",
      field: "filter.types",
    });
    const cheap = await startGateway({ limits: { queryBudget: 200 } });
    expect(await refusal(cheap, {})).toMatchObject({ ...bad, reason: "QUERY_TOO_EXPENSIVE", budget: 200 });
    const engage = await gateway.newKey({ permissions: ["connect360:conversation:engage"] });
    expect(await refusal(gateway, {}, { key: engage })).toMatchObject({
      code: "FORBIDDEN",
      reason: "MISSING_PERMISSION",
    });
  });

  test("where its client takes no stream, and beside other operations", async () => {
    const headers = { accept: "application/json" };
    expect(await gateway.post({ query: events }, headers)).toMatchObject({
      status: 406,
      error: { reason: "NOT_ACCEPTABLE" },
    });
    const batching = await startGateway({ limits: { maxBatch: 2 } });
    const { status, body } = await batching.post([{ query: events }, { query: "{ __typename }" }]);
    expect(status).toBe(200);
    expect(body).toMatchObject([
      { errors: [{ extensions: { code: "BAD_USER_INPUT", reason: "INVALID_REQUEST" } }] },
      { data: { __typename: "Query" } },
    ]);
  });

  test("when the key, the workspace or the process holds as many as it may; a place comes back with its end", async () => {
    const full = await startGateway({ streams: { max: 6 } });
    const other = await startGateway();
    const streams = [await follow(full), await follow(full), await follow(full)];
    expect(await refusal(full, {})).toMatchObject({ status: 429, reason: "TOO_MANY_SUBSCRIPTIONS", limit: 3 });
    streams[0]?.close();
    await expect.poll(async () => (await follow(full)).status).toBe(200);
    for (const _ of [1, 2, 3]) expect((await follow(full, {}, { key: other.key })).status).toBe(200);
    expect(await refusal(full, {}, { key: other.key })).toMatchObject({ status: 503, reason: "OVERLOADED" });
    const many = await startGateway({ keyCacheSeconds: 60 });
    for (let i = 0; i < 50; i++) await follow(many);
    expect(await refusal(many, {})).toMatchObject({ status: 429, reason: "TOO_MANY_SUBSCRIPTIONS", limit: 50 });
    expect((await follow(many, {}, { key: await many.newKey() })).status).toBe(200);
  });
});

describe("while a stream is open", () => {
  test("it takes no place of requests, and its batches take one only while they are read", async () => {
    const small = await startGateway({ capacity: { requests: 1, waiting: 4 }, keyCacheSeconds: 60 });
    const streams = await Promise.all([1, 2, 3, 4].map(() => follow(small)));
    for (const stream of streams) await stream.next();
    await newConversation(small);
    for (const stream of streams) expect(typesOf(await nextEvents(stream))).toContain("CONVERSATION_CREATED");
    expect(await small.post({ query: "{ __typename }" })).toMatchObject({ status: 200 });
  });

  test.each([
    ["is revoked", { revokedAt: new Date() }, { code: "UNAUTHENTICATED", reason: "REVOKED_KEY" }],
    ["has expired", { expiresAt: new Date() }, { code: "UNAUTHENTICATED", reason: "EXPIRED_KEY" }],
    [
      "may no longer read",
      { permissions: ["connect360:conversation:engage"] },
      { code: "FORBIDDEN", reason: "MISSING_PERMISSION" },
    ],
  ])("and its key %s, it is told so and ends, without anything that happens after", async (_, change, expected) => {
    const { db } = await testDatabase();
    const strict = await startGateway({ keyCacheSeconds: 1 });
    const stream = await follow(strict);
    await stream.next();
    await db.apiKey.updateMany({ where: { workspaceId: strict.workspace.id }, data: change });
    const last = await stream.next();
    expect(last).toMatchObject({ event: "next", errors: [{ extensions: expected }] });
    expect(await stream.next()).toEqual({ event: "complete" });
    expect(await stream.next()).toBeUndefined();
  });

  test("and its points are spent, it waits for more, and misses nothing", async () => {
    const { pool } = await testDatabase();
    const poor = await startGateway({ rateLimitPerMinute: 26_000, rateLimitStore: pool, keyCacheSeconds: 60 });
    const stream = await follow(poor);
    await stream.next();
    const id = await newConversation(poor);
    expect(typesOf(await nextEvents(stream))).toContain("CONVERSATION_CREATED");
    await pool.query(`UPDATE "RateLimit" SET points = 26000, expire = $1`, [Date.now() + 2_000]);
    const { db } = await testDatabase();
    const { id: uuid } = await db.conversation.update({
      where: { workspaceId_id: { workspaceId: poor.workspace.id, id: id.slice(13) } },
      data: { name: "Later" },
    });
    expect(uuid).toBe(id.slice(13));
    expect(nodesOf(await nextEvents(stream))).toMatchObject([{ conversation: { name: "Later" } }]);
  });

  test.runIf(onPostgres)(
    "and nothing happens, all streams together ask for heads, and for their keys, by one statement each",
    async () => {
      const { recordStatements } = await testDatabase();
      const idle = await startGateway({ eventPollMs: 50, keyCacheSeconds: 1 });
      const streams = await Promise.all(Array.from({ length: 30 }, () => follow(idle)));
      for (const stream of streams) await stream.next();
      const counts = new Map<string, number>();
      const statements = await recordStatements(() => new Promise((resolve) => setTimeout(resolve, 2_500)));
      for (const text of statements) counts.set(text, (counts.get(text) ?? 0) + 1);
      const heads = [...counts.keys()].filter((text) => /"EventLog"/.test(text));
      expect(heads).toHaveLength(1);
      expect(counts.get(heads[0] as string)).toBeLessThanOrEqual(51);
      counts.delete(heads[0] as string);
      // A look at the keys, in two statements of Prisma's, a second.
      expect(counts.size).toBeLessThanOrEqual(2);
      for (const [text, count] of counts) expect(count, text).toBeLessThanOrEqual(3);
    },
  );

  test.runIf(onPostgres)("and its client takes nothing, the log is not read on for it", async () => {
    const finished: FinishedExchange[] = [];
    const slow = await startGateway({ observe: (exchange) => void finished.push(exchange) });
    const { pool } = await testDatabase();
    const id = await newConversation(slow);
    await pool.query(
      `INSERT INTO "Message" ("workspaceId", "conversationId", text) SELECT $1, $2, repeat('x', 10000) FROM generate_series(1, 2000)`,
      [slow.workspace.id, id.slice(13)],
    );
    const { body } = await slow.post({ query: "{ events(first: 1) { pageInfo { endCursor } } }" });
    const stream = await follow(slow, { after: body.data.events.pageInfo.endCursor, first: 10 });
    stream.response.pause();
    // Meanwhile, queries are answered.
    for (let i = 0; i < 40; i++) expect(await slow.post({ query: "{ eventCursor }" })).toMatchObject({ status: 200 });
    stream.close();
    await expect.poll(() => finished.find(({ stream }) => stream)?.stream?.events).toBeLessThan(1_500);
  });
});
