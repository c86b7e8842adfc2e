import { readFileSync } from "node:fs";
import { buildSchema, type GraphQLObjectType } from "graphql";
import { beforeAll, describe, expect, test } from "vitest";
import type { Database } from "../../src/database/open.ts";
import { DomainError, type ErrorCode, errorCodes, errorReasons } from "../../src/errors.ts";
import { startGateway } from "../support/gateway.ts";
import { sendRaw } from "../support/raw-http.ts";

type Gateway = Awaited<ReturnType<typeof startGateway>>;
type Send = (accept: string) => Promise<{ status: number | undefined; text: string }>;

const schema = buildSchema("type Query { ok: Int fail(code: String!): Int } type Mutation { ok: Int }");
const fail = (_: unknown, { code }: { code: ErrorCode }) => {
  throw new DomainError(code, "It failed.", { reason: errorReasons[code][0] });
};
Object.assign((schema.getQueryType() as GraphQLObjectType).getFields().fail as object, { resolve: fail });

/** A database of which every look-up of a key fails. */
const failing = (error: Error) => ({ apiKey: { findUnique: () => Promise.reject(error) } }) as unknown as Database;

const [, section = ""] = readFileSync("docs/errors.md", "utf8").split("## Which status comes when");
const rows = section
  .split("\n")
  .filter((line) => /\| \d{3} \|/.test(line))
  .map((line) =>
    line
      .split("|", 5)
      .slice(1)
      .map((cell) => cell.trim()),
  );
const accepts = ["application/graphql-response+json", "application/json", "text/event-stream"];

let gateway: Gateway;
const requests: Record<string, Send[]> = {};
beforeAll(async () => {
  gateway = await startGateway({ schema, limits: { maxBatch: 2 } });
  const poor = await startGateway({ schema, rateLimitPerMinute: 1 });
  await poor.post({ query: "{ ok }" });
  const away = await startGateway({ schema, db: failing(new Error("Connection terminated unexpectedly")) });
  const broken = await startGateway({ schema, db: failing(new TypeError("broken")) });
  const post =
    (body: unknown, headers: Record<string, string | undefined> = {}, to = gateway): Send =>
    async (accept) => {
      const all = { "content-type": "application/json", "x-api-key": to.key, ...headers, accept };
      const sent = Object.entries(all).filter((header): header is [string, string] => header[1] !== undefined);
      const raw = typeof body === "string" ? body : JSON.stringify(body);
      const answer = await fetch(to.url, { method: "POST", headers: sent, body: raw });
      return { status: answer.status, text: await answer.text() };
    };
  const raw =
    (target: string, method: string): Send =>
    async (accept) => {
      const { status, body: text } = await sendRaw(gateway.origin, { target, method, headers: { accept } });
      return { status, text };
    };
  const ok = { query: "{ ok }" };
  Object.assign(requests, {
    "the operation ran, with or without errors of fields": [
      post(ok),
      ...errorCodes.map((code) => post({ query: `{ ok fail(code: "${code}") }` })),
    ],
    "a batch was answered": [post([ok, { query: "{" }])],
    "`BAD_USER_INPUT`, other reasons than those below": [
      post({ query: "{" }),
      post({ query: "{ unknown }" }),
      post({ query: "query ($code: String!) { fail(code: $code) }" }),
      post({ query: `{ ${Array.from({ length: 200 }, (_, i) => `a${i}: ok`).join(" ")} }` }),
      post({ extensions: { persistedQuery: { version: 1, sha256Hash: "0" } } }),
    ],
    "`INVALID_REQUEST`, `UNKNOWN_OPERATION`": [
      post("{"),
      post({}),
      post({ query: "query A { ok }", operationName: "B" }),
    ],
    "`INVALID_REQUEST` for the method": [raw("/graphql", "PUT")],
    "`REQUEST_TOO_LARGE`": [post({ query: `{ ok } # ${"x".repeat(300_000)}` })],
    "`UNSUPPORTED_MEDIA_TYPE`": [post(ok, { "content-type": "text/plain" })],
    "`UNAUTHENTICATED`": [post(ok, { "x-api-key": undefined })],
    "`NOT_FOUND` of a path": [raw("/elsewhere", "GET")],
    "`RATE_LIMITED`": [post(ok, {}, poor)],
    "`SERVICE_UNAVAILABLE`": [post(ok, {}, away)],
    "`INTERNAL_SERVER_ERROR`": [post(ok, {}, broken)],
  });
});

describe("the table of statuses in docs/errors.md", () => {
  test("is about every code", () => {
    expect(rows.map(([answer]) => answer)).toEqual(Object.keys(requests));
    expect(errorCodes.filter((code) => section.includes(`\`${code}\``))).toEqual(errorCodes);
  });

  test.each(rows.map((row) => [row[0] as string, row.slice(1)] as const))("is right: %s", async (answer, statuses) => {
    for (const [column, accept] of accepts.entries()) {
      for (const send of requests[answer] as Send[]) {
        const { status, text } = await send(accept);
        expect([accept, status, text]).toEqual([accept, Number(statuses[column]), text]);
      }
    }
  });
});

test("the code of a field's error is told beside the rest of the answer", async () => {
  for (const code of errorCodes) {
    const { body } = await gateway.post({ query: `{ __typename fail(code: "${code}") }` });
    expect(body).toMatchObject({ data: { __typename: "Query", fail: null }, errors: [{ extensions: { code } }] });
  }
});
