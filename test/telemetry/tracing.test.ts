import { randomBytes } from "node:crypto";
import { buildSchema, type GraphQLSchema } from "graphql";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { Prisma } from "../../prisma/generated/client/client.ts";
import { DomainError } from "../../src/errors.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { openTracing } from "../../src/telemetry/tracing.ts";
import { testDatabase } from "../support/database.ts";
import { startGateway } from "../support/gateway.ts";
import { newDirectory, startProcess } from "../support/process.ts";
import { openStream } from "../support/stream.ts";
import { type Collector, type Span, startCollector } from "./collector.ts";

let collector: Collector;
let gateway: Awaited<ReturnType<typeof startGateway>>;
const lines: string[] = [];
const told = vi.spyOn(console, "error").mockImplementation(() => {});
beforeAll(async () => {
  collector = await startCollector();
  const tracing = await openAtOnce(collector.endpoint);
  afterAll(() => tracing.close());
  const log = createLog("info", { write: (line) => lines.push(line) });
  gateway = await startGateway({ tracing, observe: log.request, log: log.error, keyCacheSeconds: 60 });
  await gateway.post({ query: "{ __typename }" });
});

const list = "query Everything { conversations(first: 2) { nodes { id customer { id } } } }";
const create = `mutation Create($input: GetOrCreateConversationInput!) {
  getOrCreateConversation(input: $input) { conversation { id } }
}`;
const createSub = `mutation CreateSub($parentId: ID!) {
  createSubConversation(input: { parentId: $parentId, name: "Order", type: GROUP }) { conversation { id } }
}`;
const move = `mutation Move($id: ID!, $parentId: ID!) {
  updateConversation(input: { id: $id, parentId: $parentId }) { conversation { id } }
}`;

/** Traces that are sent without waiting for more, in this environment. */
async function openAtOnce(endpoint: string, env: Record<string, string> = {}) {
  const { pool } = await testDatabase();
  pool.setMaxListeners(0);
  for (const [name, value] of Object.entries({ OTEL_BSP_SCHEDULE_DELAY: "1", ...env })) vi.stubEnv(name, value);
  const tracing = openTracing(endpoint, [pool]);
  vi.unstubAllEnvs();
  return tracing;
}

function newTrace() {
  const [traceId, spanId] = [randomBytes(16).toString("hex"), randomBytes(8).toString("hex")];
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-01` };
}

/** The spans of a request that the collector gets. */
async function traceOf(body: unknown, headers: Record<string, string | undefined> = {}, to = gateway) {
  const { traceId, traceparent } = newTrace();
  await to.post(body, { ...headers, traceparent });
  return collector.trace(traceId);
}

async function newParent() {
  const input = { customer: { externalId: randomBytes(8).toString("hex") } };
  const { body } = await gateway.post({ query: create, variables: { input } });
  return body.data.getOrCreateConversation.conversation.id as string;
}

/** A gateway with a schema of one field, `only`. */
async function startSingle(resolve: () => unknown) {
  const schema: GraphQLSchema = buildSchema("type Query { only: String }");
  Object.assign(schema.getQueryType()?.getFields().only as object, { resolve });
  const tracing = await openAtOnce(collector.endpoint);
  onTestFinished(() => tracing.close());
  return startGateway({ schema, tracing });
}

describe("the trace of a request", () => {
  test("is the client's, with one span that names the key, the operation, its price and its outcome", async () => {
    const { traceId, spanId, traceparent } = newTrace();
    await gateway.post({ query: list }, { traceparent, "x-request-id": "console-7:1" });
    const { request } = await collector.trace(traceId);
    expect(request).toMatchObject({ name: "query Everything", kind: "SERVER", parentSpanId: spanId, failed: false });
    expect(request.attributes).toEqual({
      "http.request.method": "POST",
      "http.response.status_code": 200,
      "http.route": "/graphql",
      "url.path": "/graphql",
      "graphql.operation.type": "query",
      "graphql.operation.name": "Everything",
      "parley.request_id": "console-7:1",
      "parley.key_prefix": gateway.key.slice(0, 15),
      "parley.workspace_id": `workspace_${gateway.workspace.id}`,
      "parley.price": 5,
      "parley.compiled": true,
    });
  });

  test("is in the line of the log", async () => {
    const { traceId, traceparent } = newTrace();
    await gateway.post({ query: list }, { traceparent });
    await expect.poll(() => lines.some((line) => JSON.parse(line).traceId === traceId), { timeout: 20_000 }).toBe(true);
  });

  test.each(["", "nonsense", `00-${"0".repeat(32)}-${"1".repeat(16)}-01`, "00-1-1-01"])(
    "is a new one when the client's is %j",
    async (traceparent) => {
      const requestId = randomBytes(8).toString("hex");
      await gateway.post({ query: "{ __typename }" }, { traceparent, "x-request-id": requestId });
      const own = () => collector.spans().filter(({ attributes }) => attributes["parley.request_id"] === requestId);
      await expect.poll(() => own().length, { timeout: 20_000 }).toBe(1);
      expect(own()[0]?.traceId).toMatch(/^(?!0{32})[\da-f]{32}$/);
      expect(own()[0]?.parentSpanId).toBeUndefined();
    },
  );

  test("is not sent when the client has decided against it", async () => {
    const { traceId, traceparent } = newTrace();
    await gateway.post({ query: list }, { traceparent: traceparent.replace(/01$/, "00") });
    await traceOf({ query: list });
    expect(collector.spans().filter((span) => span.traceId === traceId)).toEqual([]);
  });

  test("has an operation without a name, and a request that executes none", async () => {
    expect(await traceOf({ query: "{ __typename }" })).toMatchObject({ request: { name: "query" } });
    const { request } = await traceOf({ query: "{" });
    expect(request).toMatchObject({ name: "POST /graphql", failed: false });
    expect(request.attributes).toMatchObject({ "parley.error_codes": ["BAD_USER_INPUT"] });
  });

  test.each(["01", "00"])(
    "is one of its own, whatever the client has decided, without a good key (flags %s)",
    async (flags) => {
      const { traceId, traceparent } = newTrace();
      const unknown = `parley_${"x".repeat(43)}`;
      for (const [requestId, key] of [[`${traceId}-none`], [`${traceId}-unknown`, unknown]]) {
        await gateway.post(
          { query: list },
          { traceparent: traceparent.replace(/01$/, flags), "x-api-key": key, "x-request-id": requestId },
        );
        const own = () => collector.spans().find(({ attributes }) => attributes["parley.request_id"] === requestId);
        await expect.poll(own, { timeout: 20_000 }).toBeDefined();
        const { traceId: ownTrace, parentSpanId, name, failed, attributes } = own() as Span;
        expect({ parentSpanId, name, failed }).toEqual({
          parentSpanId: undefined,
          name: "POST /graphql",
          failed: false,
        });
        expect(attributes).toMatchObject({
          "http.response.status_code": 401,
          "parley.error_codes": ["UNAUTHENTICATED"],
        });
        expect(attributes).not.toHaveProperty("parley.key_prefix");
        const { statements } = await collector.trace(ownTrace);
        expect(statements.map(({ name }) => name)).toEqual(key ? ["SELECT"] : []);
        const logged = () => lines.map((line) => JSON.parse(line)).find((line) => line.requestId === requestId);
        await expect.poll(logged).toMatchObject({ traceId: ownTrace });
      }
      expect(collector.spans().filter((span) => span.traceId === traceId)).toEqual([]);
    },
  );

  test("has the look-up of its key, and takes as long as the request did", async () => {
    const tracing = await openAtOnce(collector.endpoint);
    onTestFinished(() => tracing.close());
    const fresh = await startGateway({ tracing, keyCacheSeconds: 0 });
    const { request, statements } = await traceOf({ query: "{ __typename }" }, {}, fresh);
    expect(statements.length).toBeGreaterThan(0);
    for (const { parentSpanId, name, start, end } of statements) {
      expect([parentSpanId, name]).toEqual([request.spanId, "SELECT"]);
      expect(start).toBeGreaterThanOrEqual(request.start);
      expect(end).toBeGreaterThanOrEqual(start);
      expect(request.end).toBeGreaterThanOrEqual(end);
    }
  });

  test("names the codes of its errors, and is no failure of the gateway when they are the client's", async () => {
    const query = 'mutation { deleteConversation(input: { id: "nonsense" }) { deletedId } }';
    const { request } = await traceOf({ query });
    expect(request).toMatchObject({ failed: false, attributes: { "parley.error_codes": ["BAD_USER_INPUT"] } });
  });

  test.each([
    ["INTERNAL_SERVER_ERROR", new TypeError("broken")],
    ["SERVICE_UNAVAILABLE", new DomainError("SERVICE_UNAVAILABLE", "busy", { reason: "CONTENTION" })],
  ])("has failed with %s", async (code, error) => {
    const single = await startSingle(() => Promise.reject(error));
    const { request } = await traceOf({ query: "{ only }" }, {}, single);
    expect(request).toMatchObject({ failed: true, attributes: { "error.type": code, "parley.error_codes": [code] } });
  });
});

describe("the statements of a request", () => {
  test("are spans under its own, with the text that was prepared", async () => {
    const { request, statements } = await traceOf({ query: list });
    expect(statements.length).toBeGreaterThan(0);
    for (const { name, parentSpanId, failed, attributes } of statements) {
      expect({ parentSpanId, failed }).toEqual({ parentSpanId: request.spanId, failed: false });
      expect(attributes).toEqual({
        "db.system.name": "postgresql",
        "db.operation.name": name,
        "db.query.text": expect.stringMatching(/SELECT|WITH/),
      });
    }
  });

  test("are all of a transaction, from BEGIN to COMMIT", async () => {
    const { body } = await gateway.post({ query: createSub, variables: { parentId: await newParent() } });
    const { id } = body.data.createSubConversation.conversation;
    const { request, statements } = await traceOf({ query: move, variables: { id, parentId: await newParent() } });
    const names = statements.map(({ name }) => name);
    expect(names[0]).toBe("BEGIN");
    expect(names.at(-1)).toBe("COMMIT");
    expect(statements.some(({ attributes }) => /UPDATE "Conversation"/.test(String(attributes["db.query.text"])))).toBe(
      true,
    );
    expect(new Set(statements.map(({ parentSpanId }) => parentSpanId))).toEqual(new Set([request.spanId]));
  });

  test("stay under it when more requests run at once than there are connections", async () => {
    const { pool } = await testDatabase();
    const held = await Promise.all(Array.from({ length: pool.options.max - 2 }, () => pool.connect()));
    onTestFinished(() => {
      for (const connection of held) connection.release();
    });
    const parentId = await newParent();
    const bodies = [{ query: list }, { query: createSub, variables: { parentId } }];
    const textsOf = ({ statements }: Awaited<ReturnType<typeof traceOf>>) =>
      statements.map(({ attributes }) => attributes["db.query.text"]).sort();
    const alone: unknown[] = [];
    for (const body of bodies) alone.push(textsOf(await traceOf(body)));
    const traces = await Promise.all(Array.from({ length: 40 }, (_, i) => traceOf(bodies[i % 2])));
    for (const [i, trace] of traces.entries()) {
      expect(trace.statements.every(({ parentSpanId }) => parentSpanId === trace.request.spanId)).toBe(true);
      expect(textsOf(trace)).toEqual(alone[i % 2]);
    }
  });

  test("are cut, and named by what stands behind their comments", async () => {
    const { db } = await testDatabase();
    const text = `/* why */ SELECT '${"x".repeat(2000)}' AS only`;
    const single = await startSingle(async () => (await db.$queryRaw<[{ only: string }]>(Prisma.raw(text)))[0].only);
    const { statements } = await traceOf({ query: "{ only }" }, {}, single);
    const attributes = { "db.query.text": text.slice(0, 1000) };
    expect(statements.at(-1)).toMatchObject({ name: "SELECT", failed: false, attributes });
  });

  test("that fail are marked, with their SQLSTATE", async () => {
    const { db } = await testDatabase();
    const single = await startSingle(() => db.$queryRaw`SELECT 1 / 0`);
    const { statements } = await traceOf({ query: "{ only }" }, {}, single);
    expect(statements.at(-1)).toMatchObject({ name: "SELECT", failed: true, attributes: { "error.type": "22012" } });
  });

  test("of no request have no span", async () => {
    const { db } = await testDatabase();
    await db.$queryRaw`SELECT 'of no request'`;
    await traceOf({ query: "{ __typename }" });
    expect(JSON.stringify(collector.received)).not.toContain("of no request");
  });
});

describe("no span", () => {
  test("holds a key, a document, the value of a variable, of a parameter or of a header", async () => {
    const secret = "s3cr3t";
    const { db } = await testDatabase();
    const single = await startSingle(() => db.$queryRaw`SELECT ${secret}::text::uuid`);
    const operation = `parley_${secret}`;
    const query = `query ${operation}($id: ID!) { ${secret}: conversation(id: $id) { id } } # ${secret}`;
    const personal = { externalId: secret, name: secret, email: `${secret}@example.com`, phone: "+41441234567" };
    const input = {
      customer: personal,
      metadata: { secret, [secret]: secret },
      channelIdentifier: `${secret}.example`,
    };
    const headers = {
      cookie: secret,
      "user-agent": secret,
      referer: `https://${secret}`,
      "x-forwarded-for": secret,
      tracestate: `vendor=${secret}`,
      baggage: `user=${secret}`,
    };
    await traceOf({ query, variables: { id: secret }, operationName: operation }, headers);
    await traceOf({ query, operationName: secret }, headers);
    await traceOf(`{${secret}`, headers);
    await traceOf({ query }, { ...headers, "x-request-id": gateway.key });
    await gateway.post({ query }, { ...headers, "x-api-key": `parley_${secret}` });
    const { statements } = await traceOf({ query: create, variables: { input } }, headers);
    expect(statements.length).toBeGreaterThan(5);
    const search = `{ conversations(filter: { name: "${secret}", metadata: { a: "${secret}" } }) { totalCount } }`;
    await traceOf({ query: search }, headers);
    await traceOf({ query: "{ only }" }, headers, single);
    await gateway.get({ query: `{ ${secret} }` });
    await traceOf({ query: list });
    const bodies = collector.received.map(({ body }) => body).join("\n");
    expect(bodies).not.toMatch(new RegExp(`${secret}|41441234567|${gateway.key.slice(16)}`));
  });
});

describe("the collector", () => {
  /** A gateway with a queue of ten spans. */
  async function startSmall(endpoint: string, env: Record<string, string> = {}) {
    const small = { OTEL_BSP_MAX_QUEUE_SIZE: "10", OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "5" };
    const tracing = await openAtOnce(endpoint, { ...small, ...env });
    const { post } = await startGateway({ tracing });
    const ask = (times: number) =>
      Promise.all(Array.from({ length: times }, async () => (await post({ query: list })).status));
    return { ask, close: tracing.close };
  }

  test("gets them at /v1/traces, from the service by its name, with the headers configured", async () => {
    const own = await startCollector();
    const env = { OTEL_SERVICE_NAME: "parley-eu", OTEL_EXPORTER_OTLP_HEADERS: "x-collector-key=abc" };
    const { ask, close } = await startSmall(`${own.endpoint}/`, env);
    await ask(1);
    await close();
    const [first] = own.received;
    expect(first).toMatchObject({ url: "/v1/traces", headers: { "x-collector-key": "abc" } });
    expect(first?.body).toContain('{"key":"service.name","value":{"stringValue":"parley-eu"}}');
  });

  test("gets only those that the sampler configured takes", async () => {
    const own = await startCollector();
    const { ask, close } = await startSmall(own.endpoint, { OTEL_TRACES_SAMPLER: "always_off" });
    await ask(1);
    await close();
    expect(own.received).toEqual([]);
  });

  test("gets what the client wants sampled only when its key is good", async () => {
    const own = await startCollector();
    const env = { OTEL_TRACES_SAMPLER: "parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG: "0" };
    const tracing = await openAtOnce(own.endpoint, env);
    const { post, key } = await startGateway({ tracing });
    const traces = [undefined, "", "unknown", `parley_${"x".repeat(43)}`, key].map((sent) => ({ sent, ...newTrace() }));
    for (const { sent, traceparent } of traces) await post({ query: list }, { "x-api-key": sent, traceparent });
    await tracing.close();
    const sampled = new Set(own.spans().map(({ traceId }) => traceId));
    expect(sampled).toEqual(new Set([traces.at(-1)?.traceId]));
  });

  test("may be away: requests are answered as ever", async () => {
    const { ask, close } = await startSmall("http://127.0.0.1:9");
    expect(new Set(await ask(20))).toEqual(new Set([200]));
    await close();
  });

  test("may answer 500, which is told once, not with every batch", async () => {
    const own = await startCollector();
    own.answer = (response) => response.writeHead(500).end("s3cr3t");
    const { ask } = await startSmall(own.endpoint);
    expect(new Set(await ask(20))).toEqual(new Set([200]));
    await expect.poll(() => own.received.length, { timeout: 20_000 }).toBeGreaterThan(3);
    const lines = told.mock.calls.filter(([line]) => !line.includes("ECONNREFUSED"));
    expect(lines).toEqual([["Traces do not reach their collector: Internal Server Error"]]);
  });

  test("may never answer: the spans that wait for it are bounded, and stopping does not wait for it", async () => {
    const own = await startCollector();
    const asked = new Promise((resolve) => {
      own.answer = resolve;
    });
    const patience = { OTEL_EXPORTER_OTLP_TIMEOUT: "3600000", OTEL_BSP_EXPORT_TIMEOUT: "3600000" };
    const { ask, close } = await startSmall(own.endpoint, patience);
    const first = await ask(1);
    await asked;
    expect(new Set([...first, ...(await ask(40))])).toEqual(new Set([200]));
    await close();
    expect(own.spans().length).toBeLessThanOrEqual(15);
  });
});

describe("the process", () => {
  const loaded = `process.on("exit", () => console.log("loaded: " + Object.keys(require.cache).filter((file) => /opentelemetry.sdk/.test(file)).length))`;
  const source = `import { createRequire } from "node:module"; const require = createRequire("file:///"); ${loaded}`;
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(source)}`;

  /** Starts the program, sends one request, and stops it. */
  async function runGateway(env: Record<string, string>) {
    const all = { DATA_DIR: await newDirectory(), PORT: "0", NODE_OPTIONS, ...env };
    const { child, printed, finished } = startProcess("src/main.ts", [], all);
    const [, url = "", key = ""] = await printed(/^curl (\S+) .*Bearer (\S+)'/m);
    const headers = { "content-type": "application/json", "x-api-key": key };
    await fetch(url, { method: "POST", headers, body: JSON.stringify({ query: list }) });
    child.kill("SIGTERM");
    return finished;
  }

  test("loads nothing of the SDK unless traces are configured", async () => {
    expect(await runGateway({})).toMatchObject({ code: 0, stdout: expect.stringMatching(/loaded: 0$/m) });
  });

  test("sends what it has before it ends", async () => {
    const own = await startCollector();
    const { code, stderr, stdout } = await runGateway({ OTEL_EXPORTER_OTLP_ENDPOINT: own.endpoint });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/loaded: [1-9]/);
    expect(own.spans().map(({ name }) => name)).toContain("query Everything");
  });
});

test("the trace of a stream ends with its beginning: later looks at keys and at the log are not in it", async () => {
  const tracing = await openAtOnce(collector.endpoint);
  const quick = await startGateway({ tracing, keyCacheSeconds: 1, eventPollMs: 50 });
  const { db } = await testDatabase();
  const { traceId, traceparent } = newTrace();
  const query = "subscription { events { cursor } }";
  const stream = await openStream({ ...quick, query, headers: { traceparent } });
  await stream.next();
  await db.apiKey.updateMany({ where: { workspaceId: quick.workspace.id }, data: { revokedAt: new Date() } });
  expect(await stream.next()).toMatchObject({ errors: [{ extensions: { reason: "REVOKED_KEY" } }] });
  expect(await stream.next()).toEqual({ event: "complete" });
  // With it, every span has been sent.
  await tracing.close();
  const { statements } = await collector.trace(traceId);
  const texts = statements.map(({ attributes }) => String(attributes["db.query.text"]));
  expect(texts.map((text) => /"(ApiKey|EventLog)"/.exec(text)?.[1])).toEqual(["ApiKey", "EventLog"]);
});
