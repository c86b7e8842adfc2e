import { beforeAll, describe, expect, test } from "vitest";
import { startGateway } from "./support/gateway.ts";
import { sendRaw } from "./support/raw-http.ts";

let gateway: Awaited<ReturnType<typeof startGateway>>;
beforeAll(async () => {
  gateway = await startGateway();
});

const typename = { query: "{ __typename }" };
const json = { "content-type": "application/json" };

describe("a request without a good key", () => {
  test("is answered 401, with the scheme that would help", async () => {
    const answer = await gateway.post(typename, { "x-api-key": undefined });
    expect(answer).toMatchObject({ status: 401, error: { code: "UNAUTHENTICATED", reason: "MISSING_KEY" } });
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
    expect(answer.body.errors[0].extensions).not.toHaveProperty("http");
  });

  test.each(["{", "[]", '{"query":"{"}', '{"query":"{ nothing }"}', `{"query":"${"[".repeat(300_000)}"}`])(
    "is refused for that reason alone: nothing of it is read (%.20s)",
    async (body) => {
      const answer = await gateway.post(body, { "x-api-key": "unknown" });
      expect(answer).toMatchObject({ status: 401, error: { reason: "UNKNOWN_KEY" } });
    },
  );

  test("is refused by GET as well", async () => {
    expect(await gateway.get(typename, {})).toMatchObject({ status: 401, error: { reason: "MISSING_KEY" } });
  });
});

describe("a request that is no GraphQL", () => {
  test.each([
    ["broken JSON", "{", "INVALID_REQUEST"],
    ["no body", "", "INVALID_REQUEST"],
    ["an empty batch", "[]", "INVALID_REQUEST"],
    ["a batch", '[{"query":"{ __typename }"}]', "INVALID_REQUEST"],
    ["a number", "1", "INVALID_REQUEST"],
    ["null", "null", "INVALID_REQUEST"],
    ["no query", "{}", "INVALID_REQUEST"],
    ["a query that is no text", '{"query":1}', "INVALID_REQUEST"],
    ["variables that are no object", '{"query":"{ __typename }","variables":"x"}', "INVALID_REQUEST"],
    ["a list of variables", '{"query":"{ __typename }","variables":[]}', "INVALID_REQUEST"],
    ["a parameter of its own", '{"query":"{ __typename }","extra":1}', "INVALID_REQUEST"],
    ["an unknown operation", '{"query":"query A { __typename }","operationName":"B"}', "UNKNOWN_OPERATION"],
  ])("is answered 400: %s", async (_, body, reason) => {
    for (const accept of ["application/json", "application/graphql-response+json"]) {
      const answer = await gateway.post(body, { accept });
      expect(answer).toMatchObject({ status: 400, error: { code: "BAD_USER_INPUT", reason } });
    }
  });

  test.each(["variables", "extensions"])("is answered 400: a query string with broken %s", async (name) => {
    const answer = await gateway.get({ ...typename, [name]: "{" });
    expect(answer).toMatchObject({ status: 400, error: { reason: "INVALID_REQUEST" } });
  });

  test.each([
    ["bytes that are no UTF-8", Buffer.from('{"query":"{ __typename }","operationName":"\xff"}', "latin1"), "UTF-8"],
    ["a surrogate in UTF-8", Buffer.from('{"query":"{ __typename # \xed\xa0\x80 \n }"}', "latin1"), "UTF-8"],
    ["a key twice", '{"query":"{ __typename }","query":"{ viewer { permissions } }"}', "twice"],
    ["a key twice, once escaped", '{"query":"{ __typename }","qu\\u0065ry":"{ __typename }"}', "twice"],
    [
      "a key twice, deep in the variables",
      '{"query":"{ __typename }","variables":{"a":[{"b":{"c":1,"c":2}}]}}',
      "twice",
    ],
    ["__proto__ twice", '{"query":"{ __typename }","variables":{"a":{"__proto__":1,"__proto__":2}}}', "twice"],
  ])("is answered 400: %s", async (_, body, says) => {
    const answer = await gateway.post(body);
    expect(answer).toMatchObject({ status: 400, error: { code: "BAD_USER_INPUT", reason: "INVALID_REQUEST" } });
    expect(answer.body.errors[0].message).toContain(says);
  });

  test("may have equal keys in different objects, and colons, quotes and braces in its texts", async () => {
    const text = '{"a":1,"a":"\\",}: "';
    const variables = { list: [{ a: 1, "": 2 }, { a: 1, [text]: text }, []], text, "\\": { a: { a: text } } };
    const answer = await gateway.post({ ...typename, variables });
    expect(answer.body).toEqual({ data: { __typename: "Query" } });
  });

  test.each([
    ["query=%7B__typename%7D&query=%7B__typename%7D", "more than once"],
    ["query=%7B__typename%7D&variables=%7B%7D&variables=%7B%7D", "more than once"],
    ["query=%7B__typename%7D&variables=%7B%22a%22:1,%22a%22:2%7D", "twice"],
    ["query=%7B__typename%7D&operationName=%FF", "UTF-8"],
    ["query=%7B__typename%7D%", "UTF-8"],
  ])("is answered 400: the query string %s", async (search, says) => {
    const { status, body } = await sendRaw(gateway.origin, {
      target: `/graphql?${search}`,
      method: "GET",
      headers: { "x-api-key": gateway.key },
    });
    expect(status).toBe(400);
    expect(JSON.parse(body).errors[0].message).toContain(says);
  });

  test.each(["gzip", "br", "identity, gzip", "identity;q=1", "none"])(
    "is answered 415 with its body in the content-encoding %s",
    async (encoding) => {
      const answer = await gateway.post(typename, { "content-encoding": encoding });
      expect(answer).toMatchObject({ status: 415, error: { reason: "UNSUPPORTED_MEDIA_TYPE" } });
    },
  );

  test.each(["identity", "Identity", "IDENTITY, identity", " identity ,", ","])(
    "is none in the content-encoding %j",
    async (encoding) => {
      expect(await gateway.post(typename, { "content-encoding": encoding })).toMatchObject({ status: 200 });
    },
  );

  test.each([
    "application/json",
    "application/json;",
    "application/json ; ",
    "APPLICATION/JSON",
    "application/json;charset=utf-8",
    "application/json; charset=utf8",
    "application/json; charset=UTF8;",
    'Application/JSON ; charset="UTF-8"',
    'application/json; CHARSET="utf\\-8"',
    "application/json; odata.metadata=none",
    'application/json; profile="https://example.com/a;charset=utf-16"; charset=utf-8',
    "application/json;; charset=utf-8",
  ])("is none as %s", async (type) => {
    expect(await gateway.post(typename, { "content-type": type })).toMatchObject({ status: 200 });
  });

  test.each([
    "application/json; charset=iso-8859-1",
    "application/json; charset=utf-16",
    'application/json; a="b"; charset="latin1"',
    "application/json; charset=utf-8x",
    "application/json, application/json",
    "application/json charset=utf-8",
    "application /json",
    "json",
    ";",
    "application/json-seq",
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/graphql",
  ])("is answered 415 as %s, which pages of other origins could send", async (type) => {
    const answer = await gateway.post(typename, { "content-type": type });
    expect(answer).toMatchObject({ status: 415, error: { reason: "UNSUPPORTED_MEDIA_TYPE" } });
  });

  test.each(["PUT", "DELETE", "OPTIONS", "PATCH"])("is answered 405 by %s", async (method) => {
    const { status, headers } = await sendRaw(gateway.origin, { method, headers: { origin: "https://example.com" } });
    expect(status).toBe(405);
    expect(headers.allow).toBe("GET, POST");
    expect(headers).not.toHaveProperty("access-control-allow-origin");
  });

  test("is answered 406 before anything runs when no answer would be understood", async () => {
    const query = 'mutation { getOrCreateConversation(input: { customer: { externalId: "unheard" } }) { outcome } }';
    for (const accept of ["image/png", "application/json; charset=utf-16", "application/json;q=0"])
      expect(await gateway.post({ query }, { accept })).toMatchObject({
        status: 406,
        error: { reason: "NOT_ACCEPTABLE" },
      });
    expect(await gateway.ctx.db.customer.count({ where: { workspaceId: gateway.workspace.id } })).toBe(0);
  });

  test.each(["operationName", "variables", "extensions"])(
    "is none when %s is empty in the query string",
    async (name) => {
      expect(await gateway.get({ ...typename, [name]: "" })).toMatchObject({ status: 200 });
    },
  );

  test.each<[string, unknown]>([
    ["operationName", ""],
    ["operationName", null],
    ["variables", null],
    ["extensions", null],
  ])("is none when %s is %j", async (name, value) => {
    expect(await gateway.post({ ...typename, [name]: value })).toMatchObject({ status: 200 });
    const named = { query: "query Only { __typename }", [name]: value };
    expect(await gateway.post(named)).toMatchObject({ status: 200 });
  });

  test.each(["", "?", "?query=%7B__typename%7D"])("is none at /graphql/%s", async (search) => {
    const headers = { ...json, "x-api-key": gateway.key };
    const target = `/graphql/${search}`;
    const method = search.length > 1 ? "GET" : "POST";
    const chunks = method === "POST" ? [JSON.stringify(typename)] : [];
    const { status, body } = await sendRaw(gateway.origin, { target, method, headers, chunks });
    expect([status, body]).toEqual([200, '{"data":{"__typename":"Query"}}']);
  });

  test.each(["/graphql//", "/graphql/x", "/graphqlx", "/livez//"])("is answered 404 at %s", async (target) => {
    expect(await sendRaw(gateway.origin, { target, method: "GET" })).toMatchObject({ status: 404 });
  });

  test("is answered 404 elsewhere", async () => {
    const answer = await sendRaw(gateway.origin, { target: "/elsewhere", method: "GET" });
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.body).errors[0].extensions.code).toBe("NOT_FOUND");
  });

  test.each(["http://example.com/graphql", "//example.com/graphql", "*"])(
    "is answered 400 at target %s",
    async (target) => {
      expect(await sendRaw(gateway.origin, { target })).toMatchObject({ status: 400 });
    },
  );

  test.each(["a b", "a/b", "[", "user@host", ":x"])("is answered 400 with Host %s", async (host) => {
    expect(await sendRaw(gateway.origin, { headers: { host } })).toMatchObject({ status: 400 });
  });
});

describe("a mutation", () => {
  test("is not for GET", async () => {
    const answer = await gateway.get({ query: "mutation { __typename }" });
    expect(answer).toMatchObject({ status: 405, error: { reason: "INVALID_REQUEST" } });
    expect(answer.headers.get("allow")).toBe("POST");
  });
});

describe("a request of excessive size", () => {
  const large = JSON.stringify({ ...typename, extensions: { text: "x".repeat(256 * 1024) } });

  test("is answered 413", async () => {
    expect(await gateway.post(large)).toMatchObject({ status: 413, error: { reason: "REQUEST_TOO_LARGE" } });
  });

  test("is answered 413 without a length too", async () => {
    const headers = { ...json, "x-api-key": gateway.key };
    const answer = await sendRaw(gateway.origin, { headers, chunks: [large.slice(0, 1000), large.slice(1000)] });
    expect(answer.status).toBe(413);
  });

  test("does not end the connection it came on", async () => {
    await gateway.post(large);
    expect(await gateway.post(typename)).toMatchObject({ status: 200, body: { data: { __typename: "Query" } } });
  });

  test.each(["[", "{a:", "{a", "(a:"])("is refused by nesting %s 20,000 times", async (bracket) => {
    const answer = await gateway.post({ query: `{ a(b: ${bracket.repeat(20_000)}` });
    expect(answer.error).toEqual({ code: "BAD_USER_INPUT", reason: "INVALID_SYNTAX" });
  });

  test("may have brackets in its texts", async () => {
    const query = `{ __typename @include(if: true) # ${"{".repeat(500)}\n customer(externalId: "${"[".repeat(250)}") { id } }`;
    expect((await gateway.post({ query })).body).toEqual({ data: { __typename: "Query", customer: null } });
  });

  test("is refused by variables nested 20,000 levels deep", async () => {
    const body = `{"query":"{ __typename }","variables":{"a":${"[".repeat(20_000)}${"]".repeat(20_000)}}}`;
    expect((await gateway.post(body)).error).toEqual({ code: "BAD_USER_INPUT", reason: "INVALID_VARIABLES" });
  });

  test("is refused by its number of tokens", async () => {
    const answer = await gateway.post({ query: `{ ${"a ".repeat(6_000)} }` });
    expect(answer.error).toEqual({ code: "BAD_USER_INPUT", reason: "INVALID_SYNTAX" });
  });
});

describe("the hash of a persisted query, without the query", () => {
  const persistedQuery = { version: 1, sha256Hash: "0".repeat(64) };

  test("is answered with what makes clients send the query", async () => {
    const post = await gateway.post({ extensions: { persistedQuery } });
    const get = await gateway.get({ extensions: JSON.stringify({ persistedQuery }), operationName: "" });
    const empty = await gateway.post({ query: "", extensions: { persistedQuery } });
    for (const { status, body, error } of [post, get, empty]) {
      expect(status).toBe(200);
      expect(body.errors[0].message).toBe("PersistedQueryNotSupported");
      expect(error).toEqual({ code: "BAD_USER_INPUT", reason: "PERSISTED_QUERY_NOT_SUPPORTED" });
    }
  });

  test("does not keep the query beside it from running, nor excuses another extension", async () => {
    expect((await gateway.post({ ...typename, extensions: { persistedQuery } })).body).toHaveProperty("data");
    expect(await gateway.post({ extensions: { other: 1 } })).toMatchObject({ status: 400 });
  });
});

test("no answer may be stored, or its type be guessed", async () => {
  const { headers } = await gateway.post(typename);
  expect(headers.get("cache-control")).toBe("no-store");
  expect(headers.get("x-content-type-options")).toBe("nosniff");
});

test("nothing of the above was logged", () => {
  expect(gateway.logged).toEqual([]);
});
