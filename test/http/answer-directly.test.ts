import { once } from "node:events";
import { connect } from "node:net";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { FinishedExchange } from "../../src/telemetry/exchange.ts";
import { request } from "../hostile/random-requests.ts";
import { gatedSchema } from "../support/gate.ts";
import { startGateway } from "../support/gateway.ts";

type Gateway = Awaited<ReturnType<typeof startGateway>>;

const finished: Record<"direct" | "yoga", FinishedExchange[]> = { direct: [], yoga: [] };
const limits = { maxBatch: 3 };
let direct: Gateway;
let yoga: Gateway;
let conversation: string;
beforeAll(async () => {
  const common = { limits, keyCacheSeconds: 60, rateLimitPerMinute: 999_999_999 };
  direct = await startGateway({ ...common, observe: (exchange) => finished.direct.push(exchange) });
  yoga = await startGateway({ ...common, direct: false, observe: (exchange) => finished.yoga.push(exchange) });
  const { body } = await direct.post({ query: reuse });
  conversation = body.data.getOrCreateConversation.conversation.id;
});

const reuse = `mutation { getOrCreateConversation(input: { customer: { externalId: "a" }, channelIdentifier: "example.com" }) {
  outcome conversation { id name metadata channels { identifier } counts { children } createdAt }
} }`;

/** Every byte of the answer, but for the clock. */
async function bytesOf(to: Gateway, body: string | Uint8Array, headers: Record<string, string | undefined>) {
  const bytes = Buffer.from(body);
  const all = {
    host: "parley",
    "x-api-key": direct.key,
    "content-type": "application/json",
    "content-length": String(bytes.length),
    "x-request-id": "same",
    connection: "close",
    ...headers,
  };
  const head = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : `${name}: ${value}\r\n`));
  const socket = connect(Number(new URL(to.origin).port), "127.0.0.1");
  let heard = "";
  socket.setEncoding("latin1").on("data", (text) => {
    heard += text;
    const [, length, rest] = /\r\ncontent-length: (\d+)\r\n.*?\r\n\r\n(.*)$/s.exec(heard) ?? [];
    if (rest?.length === Number(length)) socket.end();
  });
  socket.write(Buffer.concat([Buffer.from(`POST /graphql HTTP/1.1\r\n${head.join("")}\r\n`), bytes]));
  await once(socket, "close");
  const timeless = heard.replace(/^(Date|RateLimit-Reset|RateLimit-Remaining): .*$/gm, "$1");
  // A search uses points by its time: as few or as many digits.
  return /"used":/.test(timeless) ? timeless.replace(/("used":|content-length: )\d+/g, "$1") : timeless;
}

/** Answered in each type of JSON, and by one of both through Yoga: where it could be a stream, it is not left out. */
const accepts = [undefined, "application/graphql-response+json, text/event-stream;q=0.1"];

/** Sends the same to both, and expects the same of both: the answer in application/json. */
async function sameAnswer(body: unknown, headers: Record<string, string | undefined> = {}) {
  const sent = typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
  const answers: string[] = [];
  for (const accept of accepts) {
    const answer = await bytesOf(direct, sent, { accept, ...headers });
    expect(answer).toBe(await bytesOf(yoga, sent, { accept, ...headers }));
    answers.push(answer);
  }
  return answers[0];
}

describe("an ordinary request is answered as Yoga answers it, byte for byte:", () => {
  const first = { query: "query A { viewer { permissions } } query B { __typename }", operationName: "A" };
  const update =
    "mutation ($input: UpdateConversationInput!) { updateConversation(input: $input) { conversation { id } } }";
  const typename = { query: "{ __typename }" };
  const list = {
    query: "{ conversations(first: 2) { totalCount nodes { id name metadata participants { nodes { id } } } } }",
  };

  test.each<[string, string, () => unknown, Record<string, string | undefined>?]>([
    ["a query", "200", () => first],
    ["a query for its cost", "200", () => first, { "x-query-cost": "1" }],
    ["characters of every length", "200", () => ({ query: "{ __typename @include(if: true) # é€🎉\n }" })],
    ["a list that the database writes", "200", () => list],
    ["such a list for its cost", "200", () => list, { "x-query-cost": "1" }],
    [
      "a batch of such lists and others",
      "200",
      () => [list, typename, { query: "{ node(id: 1) }" }],
      { "x-query-cost": "1" },
    ],
    ["a mutation", "200", () => ({ query: reuse })],
    ["nothing found", "200", () => ({ query: '{ customer(externalId: "nobody") { id } }' })],
    [
      "NOT_FOUND of a field, with its cost",
      "200",
      () => ({
        query: update,
        variables: { input: { id: conversation.replace(/.$/, "0"), name: "x", parentId: conversation } },
      }),
      { "x-query-cost": "1" },
    ],
    ["an error of a field", "200", () => ({ query: update, variables: { input: { id: "nonsense", name: "x" } } })],
    ["an error of a field beside data", "200", () => ({ query: '{ __typename node(id: "x") { id } }' })],
    ["a syntax error", "200", () => ({ query: "{" })],
    ["validation errors", "200", () => ({ query: "{ a b c }" })],
    ["wrong variables", "200", () => ({ query: update, variables: { input: { id: 1, extra: "🎉" } } })],
    ["missing variables", "200", () => ({ query: update })],
    [
      "too deep variables",
      "200",
      () => ({ ...typename, variables: { a: JSON.parse("[".repeat(200) + "]".repeat(200)) } }),
    ],
    [
      "too expensive",
      "200",
      () => ({
        query: `{ ${"abcdefghijklmnop"
          .split("")
          .map((a) => `${a}: conversations(first: 100) { nodes { children(first: 100) { nodes { id } } } }`)
          .join(" ")} }`,
      }),
    ],
    ["an unknown operation", "400", () => ({ ...first, operationName: "C" })],
    ["no operation", "400", () => ({})],
    ["null", "400", () => "null"],
    ["an empty body", "400", () => ""],
    ["broken JSON", "400", () => "{"],
    ["bytes that are no UTF-8", "400", () => Buffer.from('{"query":"\xff"}', "latin1")],
    ["a key twice", "400", () => '{"query":"{ a }","query":"{ b }"}'],
    ["an unknown parameter", "400", () => ({ ...typename, extra: 1 })],
    ["an unknown parameter that is null", "200", () => ({ ...typename, extra: null })],
    ["variables that are a list", "400", () => ({ ...typename, variables: [] })],
    ["extensions that are a text", "400", () => ({ ...typename, extensions: "x" })],
    ["an operationName that is a number", "400", () => ({ ...typename, operationName: 1 })],
    ["the hash of a query", "200", () => ({ extensions: { persistedQuery: { version: 1, sha256Hash: "0" } } })],
    ["a batch", "200", () => [first, { query: "{" }, { query: "{ unknown }" }]],
    ["a batch of hashes", "200", () => [{ extensions: { persistedQuery: {} } }, typename]],
    ["a batch for its cost", "200", () => [first, typename], { "x-query-cost": "1" }],
    ["an empty batch", "400", () => []],
    ["a batch too long", "400", () => [1, 2, 3, 4].map(() => typename)],
    ["a batch of what is none", "400", () => [1]],
    ["a body too large", "413", () => ({ query: `{ __typename } # ${"x".repeat(300_000)}` })],
    ["another type of body", "415", () => typename, { "content-type": "text/plain" }],
    ["another charset", "415", () => typename, { "content-type": "application/json; charset=utf-16" }],
    ["another coding", "415", () => typename, { "content-encoding": "gzip" }],
    ["no key", "401", () => typename, { "x-api-key": undefined }],
    ["a wrong key", "401", () => typename, { "x-api-key": `parley_${"x".repeat(43)}` }],
    ["a client of HTTP/1.1 that stays", "200", () => typename, { connection: "keep-alive" }],
    ["any Accept", "200", () => typename, { accept: "*/*" }],
  ])("%s", async (_, status, body, headers) => {
    expect(await sameAnswer(body(), headers)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  test("with any body", async () => {
    const bodies = fc.oneof(
      request,
      fc.array(fc.oneof(request, fc.jsonValue()), { maxLength: 4 }),
      fc.jsonValue(),
      fc.string({ unit: "binary" }),
      fc.uint8Array({ maxLength: 100 }),
    );
    await fc.assert(
      fc.asyncProperty(bodies, fc.boolean(), async (body, cost) => {
        // Writes would answer differently the second time.
        const harmless =
          body instanceof Uint8Array ? body : JSON.stringify(body).replaceAll(/mutation|subscription/g, "query");
        await sameAnswer(harmless, { "x-query-cost": cost ? "1" : undefined });
      }),
      { numRuns: 300 },
    );
  });

  test("and the log has the same lines", async () => {
    const told = ({ direct, yoga }: typeof finished) =>
      [direct, yoga].map((list) => list.map(({ startedAt, durationMs, requestId, unpaidPoints, ...rest }) => rest));
    await expect.poll(() => finished.direct.length - finished.yoga.length).toBe(1);
    // The first was the conversation that all the others find.
    const [[, ...asked] = [], answered] = told(finished);
    expect(asked.length).toBeGreaterThan(300);
    expect(asked).toEqual(answered);
    expect([...direct.logged, ...yoga.logged]).toEqual([]);
  });
});

describe("a client that leaves", () => {
  const body = '{"query":"{ pass }"}';
  const head = (key: string) =>
    `POST /graphql HTTP/1.1\r\nHost: x\r\nX-Api-Key: ${key}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;

  test.each([
    ["before its body has come", body.slice(0, 5)],
    ["before its answer has", body],
  ])("%s costs nobody a place", async (_, sent) => {
    const gate = gatedSchema();
    const ended: FinishedExchange[] = [];
    const gateway = await startGateway({
      schema: gate.schema,
      observe: (exchange) => ended.push(exchange),
      capacity: { requests: 2 },
    });
    for (let i = 0; i < 5; i++) {
      const socket = connect(Number(new URL(gateway.origin).port), "127.0.0.1");
      socket.on("error", () => {});
      const received = once(gateway.server, "request");
      socket.write(head(gateway.key) + sent);
      await received;
      if (sent === body) await expect.poll(gate.waiting).toBe(1);
      socket.destroy();
      await expect.poll(() => ended.length).toBe(i + 1);
      gate.open();
      await expect.poll(gate.waiting).toBe(0);
      gate.shut();
    }
    gate.open();
    expect((await gateway.post({ query: "{ pass }" })).body).toEqual({ data: { pass: true } });
    expect(ended.slice(0, 5).map(({ status }) => status)).toEqual(Array(5).fill(undefined));
    expect(gateway.logged).toEqual([]);
  });
});
