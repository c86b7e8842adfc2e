import { buildSchema, GraphQLError, type GraphQLObjectType } from "graphql";
import { beforeAll, describe, expect, test } from "vitest";
import { connect } from "../src/database/open.ts";
import { DomainError } from "../src/errors.ts";
import { startGateway } from "./support/gateway.ts";

const neutral = "Something went wrong on our side.";
const secret = "SELECT * FROM secrets in /srv/app.ts";

const failures: Record<string, () => unknown> = {
  domain: () => {
    throw new DomainError("CONFLICT", "It moved.", { reason: "CYCLE", retryAfter: 3 });
  },
  bug: () => {
    throw new TypeError(secret);
  },
  text: () => {
    throw secret;
  },
  nothing: () => null,
  graphql: () => {
    throw new GraphQLError(secret);
  },
  coded: () => {
    throw new GraphQLError("Too much.", { extensions: { code: "RATE_LIMITED", retryAfter: 1 } });
  },
  number: () => secret,
  away: () => {
    throw new Error("Connection terminated unexpectedly");
  },
};

const schema = buildSchema(`
  scalar Even
  input Item { id: ID!, even: Even, items: [Item!] }
  type Query {
    domain: String, bug: String, text: String, nothing: String!, graphql: String, coded: String, number: Int, away: String
    good(item: Item, even: Even): String
  }
`);
for (const [name, field] of Object.entries((schema.getQueryType() as GraphQLObjectType).getFields()))
  field.resolve = failures[name] ?? (() => "good");

function even(value: unknown) {
  if (value === 0) throw new DomainError("BAD_USER_INPUT", "Zero is not even an option.", { reason: "OUT_OF_RANGE" });
  if (Number(value) % 2 !== 0) throw new Error("It is odd.");
  return value;
}
Object.assign(schema.getType("Even") as object, {
  parseValue: even,
  parseLiteral: ({ value }: { value: string }) => even(Number(value)),
});

let gateway: Awaited<ReturnType<typeof startGateway>>;
beforeAll(async () => {
  gateway = await startGateway({ schema });
});

async function ask(query: string, variables?: unknown) {
  gateway.logged.length = 0;
  const { status, text, body } = await gateway.post({ query, variables });
  const spec = await gateway.post({ query, variables }, { accept: "application/graphql-response+json" });
  expect(text).not.toContain("secrets");
  return {
    status,
    specStatus: spec.status,
    data: body.data,
    error: body.errors?.[0],
    logged: gateway.logged.length / 2,
  };
}

describe("the error of a field", () => {
  test("keeps the message, the details and the place of a DomainError, and the status of the whole", async () => {
    expect(await ask("{ good domain }")).toEqual({
      status: 200,
      specStatus: 200,
      data: { good: "good", domain: null },
      error: {
        message: "It moved.",
        path: ["domain"],
        locations: [{ line: 1, column: 8 }],
        extensions: { code: "CONFLICT", reason: "CYCLE", retryAfter: 3 },
      },
      logged: 0,
    });
  });

  test.each(["bug", "text", "nothing", "graphql", "number"])(
    "says nothing internal, but the log does: %s",
    async (field) => {
      const { status, error, logged } = await ask(`{ ${field} }`);
      expect(status).toBe(200);
      expect(error).toMatchObject({ message: neutral, path: [field], extensions: { code: "INTERNAL_SERVER_ERROR" } });
      expect(error.extensions).toEqual({ code: "INTERNAL_SERVER_ERROR", reason: "UNEXPECTED" });
      expect(logged).toBe(1);
    },
  );

  test("may come from a plugin that knows our codes", async () => {
    const { error } = await ask("{ coded }");
    expect(error).toMatchObject({ message: "Too much.", extensions: { code: "RATE_LIMITED", retryAfter: 1 } });
  });

  test("says when to come back while the database is away", async () => {
    const { status, error, logged } = await ask("{ good away }");
    expect({ status, logged }).toEqual({ status: 200, logged: 1 });
    expect(error.extensions).toEqual({ code: "SERVICE_UNAVAILABLE", reason: "DATABASE_UNAVAILABLE", retryAfter: 2 });
    expect(error.message).not.toContain("Connection");
  });
});

describe("a document", () => {
  test.each([
    ["that does not parse", "{", "INVALID_SYNTAX"],
    ["that does not fit the schema", "{ unknown }", "INVALID_DOCUMENT"],
    ["with a value of the wrong type", "{ good(item: { id: [] }) }", "INVALID_DOCUMENT"],
    ["with a value that its scalar refuses", "{ good(even: 3) }", "INVALID_DOCUMENT"],
    ["with a value that we refuse", "{ good(even: 0) }", "OUT_OF_RANGE"],
  ])("%s is answered 400, or 200 as mere JSON", async (_, query, reason) => {
    const { status, specStatus, error, logged } = await ask(query);
    expect({ status, specStatus, logged }).toEqual({ status: 200, specStatus: 400, logged: 0 });
    expect(error.extensions).toEqual({ code: "BAD_USER_INPUT", reason });
    expect(error.locations).toHaveLength(1);
  });
});

describe("variables", () => {
  const query = "query ($item: Item!, $even: Even) { good(item: $item, even: $even) }";

  test.each([
    ["that are missing", {}, "item"],
    ["that lack a field", { item: {} }, "item.id"],
    ["that lack a field inside a list", { item: { id: 1, items: [{ id: 1 }, {}] } }, "item.items.1.id"],
    ["of the wrong type", { item: { id: [' at "x"; '] } }, "item.id"],
    ["with a field that is not there", { item: { id: 1, other: 1 } }, "item.other"],
    ["that their scalar refuses", { item: { id: 1 }, even: 3 }, "even"],
  ])("%s are answered 400 with the field, or 200 as mere JSON", async (_, variables, field) => {
    const { status, specStatus, error, logged } = await ask(query, variables);
    expect({ status, specStatus, logged }).toEqual({ status: 200, specStatus: 400, logged: 0 });
    expect(error.extensions).toEqual({ code: "BAD_USER_INPUT", reason: "INVALID_VARIABLES", field });
  });

  test("that we refuse keep our reason", async () => {
    const { error } = await ask(query, { item: { id: 1, items: [{ id: 1, even: 0 }] } });
    expect(error.message).toBe("Zero is not even an option.");
    expect(error.extensions).toEqual({ code: "BAD_USER_INPUT", field: "item.items.0.even", reason: "OUT_OF_RANGE" });
  });

  test("that are null where the argument may not be are the client's mistake as well", async () => {
    const { error } = await ask("query ($id: ID = 1) { good(item: { id: $id }) }", { id: null });
    expect(error.extensions).toMatchObject({ code: "BAD_USER_INPUT", reason: "INVALID_VARIABLES" });
  });
});

test("a database that is away is answered 503 with the time to wait", async () => {
  const { db, close } = connect({ host: "127.0.0.1", port: 1, user: "nobody", database: "nothing" });
  const lost = await startGateway({ db });
  const { status, headers, error, text } = await lost.post({ query: "{ __typename }" });
  expect({ status, error }).toMatchObject({ status: 503, error: { code: "SERVICE_UNAVAILABLE" } });
  expect(headers.get("retry-after")).toBe("2");
  expect(text).not.toMatch(/127\.0\.0\.1|ECONNREFUSED|prisma/i);
  await close();
});
