import type { ServerResponse } from "node:http";
import { setTimeout as after } from "node:timers/promises";
import { parse } from "graphql";
import { beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { eventCursorAt } from "../../src/events/event-order.ts";
import { encodeGlobalId } from "../../src/global-id.ts";
import type { GatewayOptions } from "../../src/http/gateway-options.ts";
import { priceOf } from "../../src/pricing/price.ts";
import { schema } from "../../src/schema/index.ts";
import type { FinishedExchange } from "../../src/telemetry/exchange.ts";
import { onPostgres, testDatabase } from "../support/database.ts";
import { fakeTimeouts } from "../support/fake-timeouts.ts";
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

/** Until the end of the test, calls `batch` before a batch is read, which fails with the error that it returns, and `heads` before heads of logs are. */
async function onEachRead({ batch, heads }: { batch?: () => Error | false; heads?: () => void }) {
  const { db } = await testDatabase();
  const send = db.$queryRaw.bind(db);
  const read = (...args: Parameters<typeof send>) => {
    const text = String(args[0]);
    if (/"EventLog" WHERE "workspaceId" = ANY/.test(text)) heads?.();
    const error = text.includes("WITH looked") && batch?.();
    return error ? Promise.reject(error) : send(...args);
  };
  const spy = vi.spyOn(db, "$queryRaw").mockImplementation(read as never);
  onTestFinished(() => spy.mockRestore());
}

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ keyCacheSeconds: 5 });
});

describe("a stream", () => {
  test.each(["text/event-stream", "application/graphql-response+json, application/json, text/event-stream"])(
    "tells at once where it begins, then each event, with the records as they are then (Accept: %s)",
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

  test("goes on after any cursor of the log, without a gap or a repetition", async () => {
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

  test("has no event of another workspace, even with its ids", async () => {
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

  test("notes why it ended: its client left, an error, or a refused key; a stream that was refused is not noted", async () => {
    const finished: FinishedExchange[] = [];
    const broken = { batches: false };
    const { db } = await testDatabase();
    await onEachRead({ batch: () => broken.batches && new Error("broken") });
    const observed = await startGateway({
      observe: (exchange) => void (exchange.operationType === "subscription" && finished.push(exchange)),
    });
    const ends = (count: number) =>
      expect
        .poll(() => finished.map(({ stream }) => stream?.end))
        .toHaveLength(count)
        .then(() => finished.at(-1)?.stream);
    const gone = await follow(observed);
    await gone.next();
    gone.close();
    expect(await ends(1)).toEqual({ batches: 1, events: 0, end: "gone" });
    await follow(observed, { first: 0 });
    expect(await ends(2)).toBeUndefined();
    const failed = await follow(observed);
    await failed.next();
    broken.batches = true;
    await newConversation(observed);
    expect(await failed.next()).toMatchObject({ errors: [{ extensions: { code: "INTERNAL_SERVER_ERROR" } }] });
    expect(await failed.next()).toEqual({ event: "complete" });
    expect(await ends(3)).toEqual({ batches: 2, events: 0, end: "error" });
    const refused = await follow(observed);
    await refused.next();
    await db.apiKey.updateMany({ where: { workspaceId: observed.workspace.id }, data: { revokedAt: new Date() } });
    while ((await refused.next())?.event === "next");
    expect(await ends(4)).toEqual({ batches: 1, events: 0, end: "key" });
  });

  test("sends an empty batch every 25 seconds, which tells how far the log was read", async () => {
    const quiet = await startGateway({ keyCacheSeconds: 60 });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const stream = await follow(quiet, { filter: { types: ["MESSAGE_DELETED"] } });
    const first = await stream.next();
    await newConversation(quiet);
    const { body } = await quiet.post({ query: "{ eventCursor }" });
    let second: Message | undefined;
    const heard = stream.next().then((message) => {
      second = message;
    });
    await vi.advanceTimersByTimeAsync(24_000);
    expect(second).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1_000);
    await heard;
    expect(nodesOf(second)).toEqual([]);
    expect(cursorOf(second)).toBe(body.data.eventCursor);
    expect(cursorOf(second)).not.toBe(cursorOf(first));
  });

  test("is asked for by GET, too", async () => {
    const stream = await follow(gateway, {}, { method: "GET" });
    expect(stream).toMatchObject({ status: 200, headers: { "content-type": "text/event-stream" } });
    await stream.next();
    const id = await newConversation(gateway);
    expect(nodesOf(await nextEvents(stream))[0]).toMatchObject({ type: "CONVERSATION_CREATED", conversationId: id });
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

  test("before it begins, with the mistake", async () => {
    const bad = { code: "BAD_USER_INPUT" };
    expect(await refusal(gateway, { first: 101 })).toMatchObject({ ...bad, reason: "OUT_OF_RANGE", field: "first" });
    expect(await refusal(gateway, { after: "x" })).toMatchObject({ ...bad, reason: "INVALID_CURSOR", field: "after" });
    const beyond = eventCursorAt(gateway.caller, 1_000_000n);
    const oldestCursor = eventCursorAt(gateway.caller, 0n);
    const expired = { ...bad, reason: "CURSOR_EXPIRED", field: "after", oldestCursor };
    expect(await refusal(gateway, { after: beyond })).toMatchObject(expired);
    const query = "subscription { events @skip(if: true) { cursor } }";
    expect(await refusal(gateway, {}, { query })).toMatchObject({ ...bad, reason: "INVALID_DOCUMENT" });
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
    const strict = await startGateway({ keyCacheSeconds: 0 });
    const followed = await db.apiKey.findMany({ where: { workspaceId: strict.workspace.id } });
    const writer = await strict.newKey();
    const streams = [await follow(strict), await follow(strict)];
    for (const stream of streams) await stream.next();
    await db.apiKey.updateMany({ where: { id: { in: followed.map(({ id }) => id) } }, data: change });
    await newConversation(strict, { "x-api-key": writer });
    for (const stream of streams) {
      expect(await stream.next()).toMatchObject({ event: "next", errors: [{ extensions: expected }] });
      expect(await stream.next()).toEqual({ event: "complete" });
      expect(await stream.next()).toBeUndefined();
    }
  });

  test("and its key expires, it is told so at once, though nothing happens and keys are remembered", async () => {
    const remembering = await startGateway({ keyCacheSeconds: 3_600 });
    const key = await remembering.newKey({ expiresAt: new Date(Date.now() + 1_500) });
    const stream = await follow(remembering, {}, { key });
    await stream.next();
    // The next batch, in 25 seconds, would be refused as well.
    const told = await Promise.race([stream.next(), after(10_000, "too late", { ref: false })]);
    expect(told).toMatchObject({ errors: [{ extensions: { reason: "EXPIRED_KEY" } }] });
    expect(await stream.next()).toEqual({ event: "complete" });
  });

  test("and its points are spent, it waits for more, and misses nothing", async () => {
    const { pool } = await testDatabase();
    const poor = await startGateway({ rateLimitPerMinute: 26_000, rateLimitStore: pool, keyCacheSeconds: 60 });
    const stream = await follow(poor);
    await stream.next();
    const id = await newConversation(poor);
    expect(typesOf(await nextEvents(stream))).toContain("CONVERSATION_CREATED");
    const next = Date.now() + 2_000;
    await pool.query(`UPDATE "RateLimit" SET points = 26000, expire = $1`, [next]);
    const { db } = await testDatabase();
    const { id: uuid } = await db.conversation.update({
      where: { workspaceId_id: { workspaceId: poor.workspace.id, id: id.slice(13) } },
      data: { name: "Later" },
    });
    expect(uuid).toBe(id.slice(13));
    expect(nodesOf(await nextEvents(stream))).toMatchObject([{ conversation: { name: "Later" } }]);
    expect(Date.now()).toBeGreaterThanOrEqual(next);
  });

  test("and the database fails, it pays for the batch once, and misses nothing", async () => {
    const { db } = await testDatabase();
    let failures = 0;
    await onEachRead({ batch: () => failures-- > 0 && new Error("Connection terminated") });
    const paying = await startGateway({ rateLimitPerMinute: 100_000 });
    const left = async () =>
      Number((await paying.post({ query: "{ __typename }" })).headers.get("ratelimit-remaining"));
    const stream = await follow(paying);
    await stream.next();
    const before = await left();
    failures = 2;
    const { id: workspaceId } = paying.workspace;
    await db.conversation.create({ data: { workspaceId, type: "GROUP" } });
    expect(typesOf(await nextEvents(stream))).toEqual(["CONVERSATION_CREATED"]);
    expect(failures).toBeLessThan(0);
    // The price of a batch is more than that: it gets back what it has not used.
    expect(before - (await left())).toBeLessThan(100);
  });

  test("it takes nothing from the answers that wait for other clients", async () => {
    const tight = await startGateway({ capacity: { answerBytes: 2 ** 16 }, keyCacheSeconds: 60 });
    const streams = [await follow(tight), await follow(tight), await follow(tight), await follow(tight)];
    for (const stream of streams) await stream.next();
    await newConversation(tight);
    for (const stream of streams) expect(typesOf(await nextEvents(stream))).toContain("CONVERSATION_CREATED");
  });

  test.runIf(onPostgres)(
    "and a batch is read, it returns no more rows than its price, by as many statements for a hundred events as for two",
    async () => {
      const { pool, recordQueries } = await testDatabase();
      const price = priceOf({ schema, document: parse(events), variableValues: {} }) as number;
      const tables: (string | undefined)[][] = [];
      for (const count of [1, 50]) {
        const quiet = await startGateway({ keyCacheSeconds: 60, eventPollMs: 600_000 });
        await pool.query(
          `WITH made AS (INSERT INTO "Conversation" ("workspaceId", type) SELECT $1, 'GROUP' FROM generate_series(1, $2) RETURNING id)
         INSERT INTO "Message" ("workspaceId", "conversationId", text) SELECT $1, id, 'Hello' FROM made`,
          [quiet.workspace.id, count],
        );
        const after = eventCursorAt(quiet.caller, 0n);
        const queries = await recordQueries(async () => {
          expect(nodesOf(await (await follow(quiet, { after })).next())).toHaveLength(2 * count);
        });
        expect(queries.reduce((sum, { rows }) => sum + rows, 0)).toBeLessThanOrEqual(price);
        tables.push(queries.map(({ text }) => /"(ApiKey|EventLog|Event|Conversation|Message)"/.exec(text)?.[1]));
      }
      expect(tables).toEqual(Array(2).fill(["ApiKey", "EventLog", "Event", "Conversation", "Message"]));
    },
  );

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

  /**
   * Streams whose clients take nothing. Their logs have more than a connection holds. `settled` tells how many batches were read for them,
   * and `asked` how often the gateway has asked for the heads of logs.
   */
  async function newStalled(count: number, options: Partial<GatewayOptions> = {}) {
    const { pool } = await testDatabase();
    let batches = 0;
    let asked = 0;
    await onEachRead({
      batch: () => {
        batches++;
        return false;
      },
      heads: () => asked++,
    });
    const slow = await startGateway({ keyCacheSeconds: 60, ...options });
    const responses: ServerResponse[] = [];
    slow.server.on("request", (_, response) => responses.push(response));
    const id = await newConversation(slow);
    await pool.query(
      `INSERT INTO "Message" ("workspaceId", "conversationId", text) SELECT $1, $2, repeat('x', 10000) FROM generate_series(1, 2000)`,
      [slow.workspace.id, id.slice(13)],
    );
    const { body } = await slow.post({ query: "{ events(first: 1) { pageInfo { endCursor } } }" });
    const after = body.data.events.pageInfo.endCursor;
    const keys = [slow.key, await slow.newKey(), await slow.newKey(), await slow.newKey()];
    const streams = await Promise.all(
      Array.from({ length: count }, (_, i) => follow(slow, { after, first: 10 }, { key: keys[i % keys.length] })),
    );
    for (const stream of streams) stream.response.pause();
    const held = () => responses.filter((response) => !response.closed).map(({ writableLength }) => writableLength);
    /** Waits until nothing more is read. Meanwhile, queries are answered. */
    const settled = async () => {
      for (let before = -1; before !== batches; ) {
        before = batches;
        for (let i = 0; i < 40; i++)
          expect(await slow.post({ query: "{ eventCursor }" })).toMatchObject({ status: 200 });
      }
      return batches;
    };
    return { ...slow, streams, settled, held, asked: () => asked };
  }

  test.runIf(onPostgres)("and its client takes nothing, the log is not read on for it, until it does", async () => {
    const { streams, settled } = await newStalled(1);
    const [stream] = streams as [(typeof streams)[0]];
    const batches = await settled();
    expect(batches).toBeGreaterThan(1);
    expect(batches).toBeLessThan(150);
    stream.response.resume();
    let messages = 0;
    while (messages < 2_000) {
      const types = typesOf(await nextEvents(stream));
      messages += types.filter((type: string) => type === "MESSAGE_SENT").length;
    }
  });

  test.runIf(onPostgres)(
    "and 20 clients take nothing, the process holds a batch for each, and reads no other, however often it asks for heads",
    async () => {
      const { settled, held, asked } = await newStalled(20, { eventPollMs: 50 });
      const batches = await settled();
      expect(batches).toBeGreaterThan(20);
      expect(held()).toHaveLength(20);
      expect(Math.max(...held())).toBeLessThan(300_000);
      const before = asked();
      await expect.poll(asked, { timeout: 10_000 }).toBeGreaterThan(before + 3);
      expect(await settled()).toBe(batches);
    },
  );

  test.runIf(onPostgres)("and its client takes nothing for a minute, it is cut", async () => {
    const finished: FinishedExchange[] = [];
    fakeTimeouts();
    const { settled } = await newStalled(1, { observe: (exchange) => void finished.push(exchange) });
    await settled();
    vi.advanceTimersByTime(59_000);
    await settled();
    expect(finished.filter(({ stream }) => stream)).toEqual([]);
    vi.advanceTimersByTime(1_000);
    await expect.poll(() => finished.find(({ stream }) => stream)?.stream?.end).toBe("stalled");
  });
});
