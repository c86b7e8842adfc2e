import { buildSchema } from "graphql";
import { beforeAll, describe, expect, test } from "vitest";
import { createLog } from "../../src/telemetry/log.ts";
import { startGateway } from "../support/gateway.ts";

const lines: string[] = [];
const log = createLog("info", { write: (line) => lines.push(line) });
let gateway: Awaited<ReturnType<typeof startGateway>>;
beforeAll(async () => {
  gateway = await startGateway({ log: log.error, observe: log.request });
});

/** The lines that a request leaves; they are written when its response has ended, which its client may hear earlier. */
async function linesOf(send: () => Promise<{ headers: Headers }>) {
  const { headers } = await send();
  const requestId = headers.get("x-request-id");
  const own = () => lines.map((line) => JSON.parse(line)).filter((line) => line.requestId === requestId);
  await expect.poll(() => own().some(({ msg }) => msg === "request")).toBe(true);
  return own();
}

describe("the log of requests", () => {
  test("has one line a request: its key, operation, price, outcome and duration", async () => {
    const query = "query Everything { conversations(first: 2) { nodes { id } } }";
    const [line, ...more] = await linesOf(() => gateway.post({ query }, { "x-request-id": "console-7:1" }));
    expect(more).toEqual([]);
    expect(line).toEqual({
      level: 30,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      requestId: "console-7:1",
      operation: { name: "Everything", type: "query", compiled: true, price: 3 },
      keyPrefix: gateway.key.slice(0, 15),
      workspaceId: `workspace_${gateway.workspace.id}`,
      codes: [],
      status: 200,
      ms: expect.any(Number),
      msg: "request",
    });
  });

  test("names the codes of the errors, of the request as of its fields", async () => {
    const query = 'mutation { deleteConversation(input: { id: "nonsense" }) { deletedId } }';
    expect(await linesOf(() => gateway.post({ query }))).toMatchObject([{ status: 200, codes: ["BAD_USER_INPUT"] }]);
    const refused = await linesOf(() => gateway.post({ query }, { "x-api-key": undefined }));
    expect(refused).toMatchObject([{ status: 401, codes: ["UNAUTHENTICATED"] }]);
    expect(refused[0]).not.toHaveProperty("keyPrefix");
  });

  test.each(["", "a b", "ä", "x".repeat(101), "<script>"])("replaces the malformed request id %j", async (offered) => {
    const sent = { "x-request-id": encodeURI(offered) };
    const { headers } = await gateway.post({ query: "{ __typename }" }, sent);
    expect(headers.get("x-request-id")).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
  });

  test("cuts the names of operations", async () => {
    const [line] = await linesOf(() => gateway.post({ query: `query ${"N".repeat(5000)} { __typename }` }));
    expect(line.operation.name).toBe("N".repeat(100));
  });

  test("never holds a key, a document, the value of a variable or of a header", async () => {
    const secret = "s3cr3t";
    const operation = `parley_${secret}`;
    const query = `query ${operation}($id: ID!) { ${secret}: conversation(id: $id) { id } } # ${secret}`;
    const headers = { cookie: secret, "user-agent": secret, referer: `https://${secret}`, "x-forwarded-for": secret };
    const variables = { id: secret };
    await linesOf(() => gateway.post({ query, variables, operationName: operation }, headers));
    await linesOf(() => gateway.post({ query, variables: { id: [secret] } }, headers));
    await linesOf(() => gateway.post({ query, operationName: secret }, headers));
    await linesOf(() => gateway.post(`{${secret}`, headers));
    await linesOf(() => gateway.get({ query, variables: JSON.stringify(variables) }));
    await linesOf(() => gateway.post({ query }, { ...headers, "x-request-id": gateway.key }));
    await linesOf(() => gateway.post({ query }, { ...headers, "x-api-key": `parley_${secret}` }));
    const customer = { externalId: secret, name: secret, email: `${secret}@example.com`, phone: "+41441234567" };
    const create =
      "mutation($input: GetOrCreateConversationInput!) { getOrCreateConversation(input: $input) { outcome } }";
    await linesOf(() => gateway.post({ query: create, variables: { input: { customer, metadata: { secret } } } }));
    expect(lines.join("")).not.toMatch(new RegExp(`${secret}|41441234567|${gateway.key.slice(16)}`));
  });
});

describe("the log of errors", () => {
  test("has an internal error once, under the id of its request", async () => {
    const schema = buildSchema("type Query { broken: String }");
    const broken = () => Promise.reject(new TypeError("broken"));
    Object.assign(schema.getQueryType()?.getFields().broken as object, { resolve: broken });
    const failing = await startGateway({ schema, log: log.error, observe: log.request });
    const found = await linesOf(() => failing.post({ query: "{ broken }" }));
    expect(found).toMatchObject([{ msg: "internal error" }, { msg: "request", codes: ["INTERNAL_SERVER_ERROR"] }]);
  });

  test("has one line a request, also if several of its fields failed: our own fault first", async () => {
    const schema = buildSchema("type Query { away: String broken: String }");
    const fields = schema.getQueryType()?.getFields() ?? {};
    const away = () => Promise.reject(Object.assign(new Error("terminating connection"), { code: "57P01" }));
    Object.assign(fields.away as object, { resolve: away });
    Object.assign(fields.broken as object, { resolve: () => Promise.reject(new TypeError("broken")) });
    const failing = await startGateway({ schema, log: log.error, observe: log.request });
    const many = Array.from({ length: 40 }, (_, i) => `a${i}: away b${i}: broken`).join(" ");
    const found = await linesOf(() => failing.post({ query: `{ ${many} }` }));
    expect(found).toMatchObject([{ msg: "internal error", error: { type: "TypeError" } }, { msg: "request" }]);
  });

  test("has a stack, and the request it belongs to", () => {
    log.error(new TypeError("broken"), "request-1");
    const line = JSON.parse(lines.at(-1) as string);
    expect(line).toMatchObject({ level: 50, requestId: "request-1", error: { type: "TypeError", message: "broken" } });
    expect(line.error.stack).toMatch(/^TypeError: broken\n +at /);
  });

  test("calls a database that is away a warning", () => {
    log.error(Object.assign(new Error("terminating connection"), { code: "57P01" }));
    expect(JSON.parse(lines.at(-1) as string)).toMatchObject({ level: 40, msg: "database unavailable" });
  });

  test.each([
    'invalid input syntax for type uuid: "Jane Doe"',
    "Key (name)=(Jane Doe) already exists.",
    "Jane@doe.example is taken",
    "Not a phone: +41441234567",
    "parley_Jane",
  ])("leaves out the values in %j, and all that hangs on the error", (message) => {
    const details = { detail: "Jane", parameters: ["Jane"], cause: { originalMessage: "Jane" } };
    log.error(Object.assign(new Error(message), details));
    expect(lines.at(-1)).not.toMatch(/Jane|4144/);
  });
});
