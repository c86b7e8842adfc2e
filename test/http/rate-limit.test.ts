import type pg from "pg";
import { describe, expect, test } from "vitest";
import { openTestDatabase, testDatabase } from "../support/database.ts";
import { startGateway } from "../support/gateway.ts";

const typename = { query: "{ __typename }" };
const listing = (first: number) => ({ query: `{ conversations(first: ${first}) { nodes { id } } }` });

const start = (rateLimitPerMinute: number) =>
  startGateway({ rateLimitPerMinute, limits: { queryBudget: 1000 }, keyCacheSeconds: 60 });

const left = ({ headers }: { headers: Headers }) => Number(headers.get("ratelimit-remaining"));

test("every answer has the limit, the rest of it and the time at which it starts again", async () => {
  const gateway = await start(100);
  const { headers } = await gateway.post(typename);
  expect(headers.get("ratelimit-limit")).toBe("100");
  expect(headers.get("ratelimit-remaining")).toBe("99");
  expect(Number(headers.get("ratelimit-reset"))).toBeGreaterThanOrEqual(1);
  expect(Number(headers.get("ratelimit-reset"))).toBeLessThanOrEqual(60);
});

test("a request needs points for its price, and pays one point and the part that it used", async () => {
  const gateway = await start(100);
  // A page is answered by two objects: data and the page.
  expect(left(await gateway.post(listing(9)))).toBe(97);
  expect(left(await gateway.get(listing(9)))).toBe(94);
  expect(left(await gateway.post(listing(92)))).toBe(91);
  expect(await gateway.post(listing(90))).toMatchObject({ status: 429, error: { code: "RATE_LIMITED" } });
  for (let n = 0; n < 3; n++) await gateway.newCustomer({ externalId: `customer-${n}` });
  const found = await gateway.post({ query: "{ customers(first: 50) { nodes { id } } }" });
  expect([left(found), found.body.data.customers.nodes.length]).toEqual([90 - 1 - 2 - 3, 3]);
});

test("a mutation pays its price, a total the entries it counted, introspection the records it shows", async () => {
  const gateway = await start(10_000);
  const paid = async (query: string) => {
    const answer = await gateway.post({ query }, { "x-query-cost": "1" });
    expect(answer.body.errors).toBeUndefined();
    const { price, used } = answer.body.extensions.cost;
    expect(used).toBeLessThanOrEqual(price);
    return { price, used };
  };
  const open = 'mutation { getOrCreateConversation(input: {customer: {externalId: "a"}}) { outcome } }';
  expect(await paid(open)).toEqual({ price: 100, used: 100 });
  expect((await paid("{ __schema { types { name } } }")).used).toBeGreaterThan(5);
  const counted = await paid("{ conversations(first: 0) { totalCount } }");
  expect(counted).toEqual({ price: 1 + 1000 / 50, used: 2 });
});

test("a total pays for each 50 entries that it counted, once for both of its fields, with the compiler and without", async () => {
  const [compiled, resolved] = [
    await start(10_000),
    await startGateway({ rateLimitPerMinute: 10_000, compiler: false }),
  ];
  for (const gateway of [compiled, resolved]) {
    const { workspaceId } = gateway.caller;
    for (const [externalId, count] of Object.entries({ many: 260, some: 149 })) {
      const { id: customerId } = await gateway.newCustomer({ externalId });
      const { id: parentId } = await gateway.ctx.db.conversation.create({ data: { workspaceId, type: "GROUP" } });
      const data = Array.from({ length: count }, () => ({ workspaceId, type: "GROUP" as const, customerId, parentId }));
      await gateway.ctx.db.conversation.createMany({ data });
    }
  }
  const used = async (gateway: typeof compiled, query: string) =>
    (await gateway.post({ query }, { "x-query-cost": "1" })).body.extensions.cost.used;
  const totals = "conversations(first: 0) { totalCount totalCountIsExact }";
  const limited = "conversations(first: 0) { totalCount(atMost: 100) }";
  const ofOne = (externalId: string, list: string) => `{ customer(externalId: "${externalId}") { ${list} } }`;
  const frame = 2;
  for (const gateway of [compiled, resolved]) {
    expect(await used(gateway, ofOne("many", totals))).toBe(frame + 1 + 5);
    expect(await used(gateway, ofOne("some", totals))).toBe(frame + 1 + 2);
    expect(await used(gateway, ofOne("many", limited)), "its price").toBe(1 + 1 + 2);
    expect(await used(gateway, "{ conversations(first: 0, filter: {scope: ANY_DEPTH}) { totalCount } }")).toBe(
      frame + 8,
    );
  }
  expect(await used(compiled, `{ customers(first: 2) { nodes { ${totals} } } }`)).toBe(frame + 2 + 5 + 2);
});

test("documents are paid by their tokens when they are parsed, also those that turn out to be wrong, and bodies by their length", async () => {
  const gateway = await start(10_000);
  /** The points of a request beside its own one and those of a long body. */
  const paid = async (body: object) => {
    const before = left(await gateway.post(typename));
    const ofBody = Math.floor(Math.max(0, JSON.stringify(body).length - 4096) / 256);
    return before - left(await gateway.post(body)) - 1 - ofBody;
  };
  const fields = (count: number, field: string) => ({ query: `{ ${Array(count).fill(field).join(" ")} }` });
  expect(await paid(fields(98, "__typename"))).toBe(0);
  expect(await paid(fields(60, "viewer { permissions }"))).toBe(Math.floor((242 - 100) / 5));
  expect(await paid(fields(60, "viewer { permissions }")), "known by now").toBe(0);
  expect(await paid(fields(4_998, "nothing"))).toBe((5_000 - 100) / 5);
  expect(await paid(fields(4_999, "nothing"))).toBe((5_000 - 100) / 5);
  expect(await paid({ query: `{ __typename } #${"x".repeat(49_985)}` })).toBe((50_000 / 50 - 100) / 5);
  expect(await paid({ ...typename, variables: { a: "x".repeat(30_000) } })).toBe(0);
});

test("a request that never runs costs one point", async () => {
  const gateway = await start(100);
  expect(left(await gateway.post("{"))).toBe(99);
  expect(left(await gateway.post({ query: "{" }))).toBe(98);
  expect(left(await gateway.post({ query: "{ nothing }" }))).toBe(97);
  const dear = await gateway.post({
    query: "{ conversations(first: 100) { nodes { children(first: 100) { nodes { id } } } } }",
  });
  expect([dear.error.reason, left(dear)]).toEqual(["QUERY_TOO_EXPENSIVE", 96]);
});

test("over the limit, a request is refused before any SQL, and told when to come back", async () => {
  const gateway = await start(2);
  await gateway.post(typename);
  await gateway.post(typename);
  const { countStatements } = await testDatabase();
  const statements = await countStatements(async () => {
    const { status, headers, body } = await gateway.post("{");
    const { code, retryAfter, limit } = body.errors[0].extensions;
    expect([status, code, limit, left({ headers })]).toEqual([429, "RATE_LIMITED", 2, 0]);
    expect(headers.get("retry-after")).toBe(String(retryAfter));
    expect(headers.get("ratelimit-reset")).toBe(String(retryAfter));
  });
  expect(statements).toBe(0);
});

test("an operation that costs more than the remaining points is refused whole and costs one point, and a cheaper one runs", async () => {
  const gateway = await start(30);
  await gateway.post(typename);
  const { countStatements } = await testDatabase();
  const statements = await countStatements(async () => {
    const refused = await gateway.post(listing(50));
    expect(refused).toMatchObject({ status: 429, error: { code: "RATE_LIMITED" } });
    expect(refused.body).not.toHaveProperty("data");
    expect(left(refused)).toBe(28);
  });
  expect(statements).toBe(0);
  expect(await gateway.post(listing(9))).toMatchObject({ status: 200 });
});

test("requests at the same time cannot spend a point twice", async () => {
  const gateway = await start(5);
  const answers = await Promise.all(Array.from({ length: 12 }, () => gateway.post(typename)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(7);
});

test("the keys of a workspace have twice the points of one, all together", async () => {
  const gateway = await start(4);
  const keys = [gateway.key, await gateway.newKey(), await gateway.newKey()];
  const ask = (key = "") => gateway.post(typename, { "x-api-key": key });
  const answers = [];
  for (let n = 0; n < 4; n++) for (const key of keys) answers.push(await ask(key));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(8);
  const refused = await ask(keys[2]);
  expect(refused.body.errors[0]).toMatchObject({
    message: expect.stringContaining("This workspace"),
    extensions: { reason: "POINTS_SPENT", limit: 8 },
  });
  expect([refused.headers.get("ratelimit-limit"), left(refused)]).toEqual(["8", 0]);
  const other = await start(4);
  expect((await other.post(typename)).status).toBe(200);
});

test("every key has points of its own, and an unknown key has none to spend", async () => {
  const gateway = await start(1);
  await gateway.post(typename);
  expect((await gateway.post(typename)).status).toBe(429);
  expect((await gateway.post(typename, { "x-api-key": await gateway.newKey() })).status).toBe(200);
  const unknown = await gateway.post(typename, { "x-api-key": "unknown" });
  expect(unknown.status).toBe(401);
  expect(unknown.headers.has("ratelimit-limit")).toBe(false);
});

test("without a limit, nothing is counted and no header speaks of it", async () => {
  const gateway = await startGateway({ rateLimitPerMinute: 0 });
  const { status, headers } = await gateway.post(typename);
  expect([status, headers.has("ratelimit-limit")]).toEqual([200, false]);
});

describe("gateways that share their limits", () => {
  const startShared = async (shared?: pg.Pool) => {
    const { pool } = await testDatabase();
    const options = { rateLimitPerMinute: 100, rateLimitStore: shared ?? pool, keyCacheSeconds: 60 };
    const [one, other] = [await startGateway(options), await startGateway(options)];
    // The other is asked with the key of the one.
    return [one, { ...other, post: (body: unknown) => other.post(body, { "x-api-key": one.key }) }] as const;
  };

  test("take the points of a key from one minute", async () => {
    const [one, other] = await startShared();
    expect(left(await one.post(listing(29)))).toBe(97);
    expect(left(await other.post(listing(29)))).toBe(94);
    for (let n = 0; n < 25; n++) await one.post(listing(1));
    expect(left(await other.post(typename))).toBe(18);
    const refused = await other.post(listing(29));
    expect(refused).toMatchObject({ status: 429, error: { code: "RATE_LIMITED" } });
    expect([left(refused), refused.headers.get("retry-after")]).toEqual([17, refused.headers.get("ratelimit-reset")]);
    expect(left(await one.post(listing(1)))).toBe(14);
  });

  test("count the points of a workspace together as well", async () => {
    const [one, other] = await startShared();
    const keys = [one.key, await one.newKey(), await one.newKey()];
    const spend = async (gateway: typeof one, key = "") =>
      (
        await gateway.post(
          { query: 'mutation { deleteConversation(input: {id: "x"}) { deletedId } }' },
          { "x-api-key": key },
        )
      ).status;
    expect(await spend(one, keys[0])).toBe(429);
    const { pool } = await testDatabase();
    await pool.query(`UPDATE "RateLimit" SET points = 150 WHERE key LIKE 'workspace:%'`);
    const answer = await one.post(typename, { "x-api-key": keys[1] });
    expect([answer.headers.get("ratelimit-limit"), left(answer)]).toEqual(["200", 49]);
    expect((await other.post(listing(60))).status).toBe(429);
  });

  test("cannot be made to spend a point twice by asking both at the same time", async () => {
    const [one, other] = await startShared();
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? one : other).post(listing(1))),
    );
    const statuses = answers.map(({ status }) => status);
    const passed = statuses.filter((status) => status === 200).length;
    expect(statuses.filter((status) => status === 429)).toHaveLength(60 - passed);
    expect(passed).toBeGreaterThan(0);
    expect(passed).toBeLessThanOrEqual(100 / 3);
  });

  test("give a key its points again after a minute", async () => {
    const [one, other] = await startShared();
    const { pool } = await testDatabase();
    for (let n = 0; n < 5; n++) await one.post(listing(9));
    expect((await other.post(listing(90))).status).toBe(429);
    await pool.query(`UPDATE "RateLimit" SET expire = expire - 60000`);
    expect(left(await other.post(listing(9)))).toBe(97);
  });

  test("are never left with less than nothing spent, after refusals at any time", async () => {
    const [one, other] = await startShared();
    const { pool } = await testDatabase();
    const spent = async () =>
      (await pool.query(`SELECT points FROM "RateLimit" ORDER BY expire DESC LIMIT 1`)).rows[0].points;
    await one.post(listing(50));
    expect(await spent()).toBe(3);
    for (let n = 0; n < 4; n++) await one.post(listing(9));
    expect(await spent()).toBe(15);
    await Promise.all(Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? one : other).post(listing(95))));
    expect(await spent()).toBe(25);
  });

  test("count for themselves while they cannot ask each other", async () => {
    const broken = await openTestDatabase();
    await broken.pool.query(`DROP TABLE "RateLimit"`);
    const [one, other] = await startShared(broken.pool);
    expect(left(await one.post(listing(29)))).toBe(97);
    expect(left(await other.post(listing(29)))).toBe(97);
    expect((await one.post(listing(97))).status).toBe(429);
    await broken.close();
  });
});
