import fc from "fast-check";
import { buildSchema, type GraphQLObjectType } from "graphql";
import { beforeAll, describe, expect, test } from "vitest";
import { answerTypes } from "../../src/http/answer-types.ts";
import { prepareDrain } from "../../src/http/drain.ts";
import { gatedSchema } from "../support/gate.ts";
import { startGateway } from "../support/gateway.ts";
import { sendRaw } from "../support/raw-http.ts";

const json = "application/json";
const spec = "application/graphql-response+json";
const stream = "text/event-stream";

let runs = 0;
let opened = 0;
let closed = 0;
const schema = buildSchema("type Query { runs: Int } type Mutation { run: Int } type Subscription { runs: Int }");
async function* twice() {
  opened++;
  try {
    yield { runs: 1 };
    yield { runs: 2 };
  } finally {
    closed++;
  }
}
Object.assign((schema.getSubscriptionType() as GraphQLObjectType).getFields().runs as object, { subscribe: twice });
Object.assign((schema.getMutationType() as GraphQLObjectType).getFields().run as object, { resolve: () => ++runs });

let gateway: Awaited<ReturnType<typeof startGateway>>;
beforeAll(async () => {
  gateway = await startGateway({ schema, keyCacheSeconds: 60 });
});

/** Sends a mutation, and says whether it ran. */
async function mutate(accept: string | string[] | undefined) {
  const before = runs;
  const headers = { "content-type": json, "x-api-key": gateway.key, ...(accept !== undefined && { accept }) };
  const answer = await sendRaw(gateway.origin, { headers, chunks: [JSON.stringify({ query: "mutation { run }" })] });
  return { ...answer, type: String(answer.headers["content-type"]).split(";", 1)[0], ran: runs > before };
}

describe("the type of an answer", () => {
  test.each<[string | undefined, string]>([
    [undefined, json],
    ["", json],
    [",", json],
    ["*/*", json],
    ["application/*", json],
    [json, json],
    ["APPLICATION/JSON", json],
    [spec, spec],
    [stream, stream],
    ["text/*", stream],
    [`${json}; charset=utf8`, json],
    [`${json}; charset="UTF-8"`, json],
    [`${json};`, json],
    [`${json}; profile="a,b"`, json],
    [`image/png, */*`, json],
    [`${spec}, ${json}`, spec],
    [`${json}, ${spec}`, json],
    [`${spec}, */*`, spec],
    [`${stream}, ${json}`, json],
    [`${stream}, */*`, json],
    [`${json};q=0.5, ${spec}`, spec],
    [`${json};q=0.5, ${stream}`, stream],
    [`${json};q=0, */*`, spec],
    [`*/*;q=0.1, ${json};q=.2`, json],
    [`${json};q=high`, json],
    [`multipart/mixed;deferSpec=20220824, ${spec}, ${json};q=0.9`, spec],
    ["text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", json],
  ])("of Accept %j is %s", async (accept, type) => {
    expect(await mutate(accept)).toMatchObject({ status: 200, type, ran: true });
  });

  test("is chosen from several headers as from one", async () => {
    expect(await mutate(["image/png", `${json};q=0.5`, spec])).toMatchObject({ status: 200, type: spec, ran: true });
  });

  test.each([
    "image/png",
    "multipart/mixed",
    "application",
    `${json};q=0`,
    `${json};q=0.000, ${spec};Q=0`,
    "*/*;q=0",
    `${json}; charset=utf-16`,
    `${json}; charset=latin1, text/html`,
    `"${json}"`,
    "application/json-seq",
    "x-application/json",
  ])("is refused before anything runs: Accept %j", async (accept) => {
    const { ran, ...answer } = await mutate(accept);
    expect(ran).toBe(false);
    expect(answer).toMatchObject({ status: 406, type: json });
    expect(JSON.parse(answer.body).errors[0].extensions).toEqual({ code: "BAD_USER_INPUT", reason: "NOT_ACCEPTABLE" });
  });
});

const token = fc.constantFrom(
  "application",
  "json",
  "graphql-response+json",
  "text",
  "event-stream",
  "*",
  "utf-8",
  "x",
);
const parameter = fc.oneof(
  fc
    .tuple(
      fc.constantFrom("q", "Q", "charset", "v", " q"),
      fc.constantFrom("0", "0.5", "1", "2", "utf8", '"utf-8"', "utf-16", "", '",'),
    )
    .map((pair) => pair.join("=")),
  token,
  fc.constant(""),
);
const range = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(json, spec, stream, "*/*", "application/*", "text/html"),
      fc.array(parameter, { maxLength: 3 }),
    )
    .map(([type, parameters]) => [type, ...parameters].join(";")),
  fc.tuple(token, fc.constantFrom("/", "", "//", " / "), token).map((parts) => parts.join("")),
  fc.stringMatching(/^[ -~]{0,20}$/),
);
const accepts = fc.array(range, { maxLength: 5 }).map((ranges) => ranges.join(","));

test("no Accept makes a mutation run and then be refused, or an answer in a type that it has not asked for", async () => {
  await fc.assert(
    fc.asyncProperty(accepts, async (accept) => {
      const { status, type, ran } = await mutate(accept);
      const [best] = answerTypes(accept.trim());
      expect({ status, type, ran }).toEqual(
        best ? { status: 200, type: best, ran: true } : { status: 406, type: json, ran: false },
      );
    }),
    { numRuns: 300 },
  );
});

test("where no weights and no wildcards are given, the first named type wins, a stream last", () => {
  const types = fc.shuffledSubarray([json, spec, stream, "text/html", "image/*"], { minLength: 1 });
  fc.assert(
    fc.property(types, (accepted) => {
      const ours = accepted.filter((type) => [json, spec].includes(type));
      expect(answerTypes(accepted.join(", "))).toEqual([...ours, ...accepted.filter((type) => type === stream)]);
    }),
  );
});

test.each([`"${'\\"'.repeat(7_000)}`, "a/b,".repeat(4_000), `a/b${";a".repeat(7_000)}`, "*/*;q=0,".repeat(1_900)])(
  "an Accept as long as a header may be is read once (%.10s…)",
  (accept) => {
    expect(answerTypes(accept)).toEqual([]);
  },
);

describe("an event stream", () => {
  const ask = (headers: Record<string, string>) =>
    sendRaw(gateway.origin, {
      headers: { "content-type": json, "x-api-key": gateway.key, accept: stream, ...headers },
      chunks: ['{"query":"{ runs }"}'],
    });

  test("is kept by nobody, and its connection stays or closes as the client asks", async () => {
    for (const connection of ["keep-alive", "close"]) {
      const { status, headers, body } = await ask({ connection });
      expect(status).toBe(200);
      expect(headers).toMatchObject({ "content-type": stream, "cache-control": "no-store", connection });
      expect(body).toContain('event: next\ndata: {"data":{"runs":null}}');
    }
  });

  test("that is answered while the gateway stops closes its connection", async () => {
    const gate = gatedSchema();
    const stopping = await startGateway({ schema: gate.schema });
    const drain = prepareDrain(stopping.server);
    const answered = sendRaw(stopping.origin, {
      headers: { "content-type": json, "x-api-key": stopping.key, accept: stream, connection: "keep-alive" },
      chunks: ['{"query":"{ pass }"}'],
    });
    await expect.poll(gate.waiting).toBe(1);
    const drained = drain({ delayMs: 0, graceMs: 20_000 });
    gate.open();
    expect((await answered).headers).toMatchObject({ "cache-control": "no-store", connection: "close" });
    await drained;
  });

  test("is what a subscription needs: without, it is refused before it is opened", async () => {
    const subscribe = (accept: string) =>
      sendRaw(gateway.origin, {
        headers: { "content-type": json, "x-api-key": gateway.key, accept },
        chunks: ['{"query":"subscription { runs }"}'],
      });
    for (const accept of [
      json,
      spec,
      `${json}, ${stream};q=0`,
      "multipart/mixed;subscriptionSpec=1.0, application/json",
    ]) {
      const { status, body } = await subscribe(accept);
      expect([status, opened]).toEqual([406, 0]);
      expect(JSON.parse(body).errors[0].extensions.reason).toBe("NOT_ACCEPTABLE");
    }
    for (const accept of [stream, "*/*", `${json}, ${stream};q=0.1`]) {
      const { status, headers, body } = await subscribe(accept);
      expect(status).toBe(200);
      expect(headers).toMatchObject({ "content-type": stream, "cache-control": "no-store" });
      expect(body).toMatch(/data: {"data":{"runs":1}}\n\n(:\n\n)*event: next\ndata: {"data":{"runs":2}}/);
    }
    expect([opened, closed]).toEqual([3, 3]);
  });

  test("of a refusal has the status of the refusal, and the same headers", async () => {
    const { status, headers } = await ask({ "x-api-key": "unknown", connection: "close" });
    expect(status).toBe(401);
    expect(headers).toMatchObject({ "cache-control": "no-store", connection: "close", "www-authenticate": "Bearer" });
  });
});

test("a range of very many blanks is none, and its neighbours count", () => {
  const long = `text/${" ".repeat(15_000)}x`;
  expect(answerTypes(long)).toEqual([]);
  expect(answerTypes(`${long}, application/json`)).toEqual([json]);
});
