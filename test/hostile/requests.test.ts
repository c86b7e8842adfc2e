import { once } from "node:events";
import { connect } from "node:net";
import fc from "fast-check";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { startGateway } from "../support/gateway.ts";
import { expectHarmless } from "./harmless.ts";
import { document, request } from "./random-requests.ts";

// Requests that nobody would write, made at random. A failure prints the seed that repeats it.

let gateway: Awaited<ReturnType<typeof startGateway>>;
beforeAll(async () => {
  gateway = await startGateway({ limits: { maxBatch: 3 }, keyCacheSeconds: 60 });
});

afterEach(async () => {
  expect(gateway.logged).toEqual([]);
  expect((await gateway.post({ query: "{ __typename }" })).body).toEqual({ data: { __typename: "Query" } });
});

describe("the gateway answers harmlessly to", () => {
  test.each<[string, fc.Arbitrary<unknown>]>([
    ["any document with any variables", request],
    ["any batch", fc.array(fc.oneof(request, fc.jsonValue()), { maxLength: 4 })],
    ["any JSON", fc.jsonValue()],
    ["any text", fc.string({ unit: "binary" })],
    ["any bytes", fc.uint8Array({ maxLength: 200 })],
  ])("%s", async (_, bodies) => {
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => expectHarmless(await gateway.post(body), JSON.stringify(body))),
      { numRuns: 200 },
    );
  });

  test("any query string", async () => {
    const search = fc.oneof(
      fc.webQueryParameters(),
      fc.string(),
      document.map((query) => `query=${encode(query)}`),
    );
    await fc.assert(
      fc.asyncProperty(search, async (text) => {
        const answer = await fetch(`${gateway.url}?${text.replaceAll(/[^ -~]/g, "%00")}`, {
          headers: { "x-api-key": gateway.key },
        });
        expectHarmless({ status: answer.status, text: await answer.text() }, text);
      }),
      { numRuns: 200 },
    );
  });
});

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

test("any bytes on a connection are answered with a refusal or the end of the connection", async () => {
  const sound = (path: string) => `POST ${path} HTTP/1.1\r\nHost: x\r\nX-Api-Key: ${gateway.key}\r\n`;
  const head = fc.constantFrom(
    "",
    "GET ",
    "GET /graphql",
    "GET /graphql HTTP/9.9\r\n",
    sound("/graphql"),
    `${sound("/graphql")}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n`,
    `${sound("/graphql")}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n`,
    `${sound("/graphql")}Content-Type: application/json\r\nContent-Length: -1\r\n\r\n`,
    `${sound("/graphql")}X: ${"x".repeat(20_000)}\r\n\r\n`,
    `${sound("/graphql")}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
    `${sound("http://x/graphql")}\r\n`,
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "\x16\x03\x01\x02\x00\x01\x00",
  );
  await fc.assert(
    fc.asyncProperty(head, fc.uint8Array({ maxLength: 100 }), async (start, rest) => {
      const heard = await exchange(Buffer.concat([Buffer.from(start, "latin1"), rest]));
      expect(heard).toMatch(/^(HTTP\/1\.1 4\d\d |$)/);
      expect(heard).not.toMatch(/stack|node_modules|HTTP\/1\.1 [25]/);
    }),
    { numRuns: 150 },
  );
});

/** The gateway's answer to these bytes, after which the client sends nothing more. */
async function exchange(bytes: Uint8Array): Promise<string> {
  const socket = connect(Number(new URL(gateway.origin).port), "127.0.0.1");
  let heard = "";
  socket.setEncoding("latin1").on("data", (text) => {
    heard += text;
  });
  socket.on("error", () => {});
  const closed = once(socket, "close");
  socket.end(bytes);
  await closed;
  return heard;
}
