import { expect, test } from "vitest";
import { testDatabase } from "../support/database.ts";
import { gatedSchema } from "../support/gate.ts";
import { startGateway } from "../support/gateway.ts";

const pass = (rows = 0) => ({ query: `{ pass(rows: ${rows}) }` });
const passed = { status: 200, body: { data: { pass: true } } };
const overloaded = { status: 503, error: { code: "SERVICE_UNAVAILABLE", reason: "OVERLOADED" } };

async function start(capacity: { requests?: number; rows?: number }) {
  const { schema, waiting, open } = gatedSchema();
  const gateway = await startGateway({ schema, capacity, keyCacheSeconds: 60 });
  const full = (count: number) => expect.poll(waiting, { interval: 5 }).toBe(count);
  return { ...gateway, full, open };
}

test("requests beyond what the process holds are refused at once, told when to come back, and keep nobody waiting", async () => {
  const gateway = await start({ requests: 2 });
  const held = [gateway.post(pass()), gateway.post(pass())];
  await gateway.full(2);
  const { countStatements } = await testDatabase();
  const statements = await countStatements(async () => {
    for (const key of [gateway.key, await gateway.newKey().catch(() => ""), "unknown"]) {
      const refused = await gateway.post(pass(), { "x-api-key": key });
      expect(refused).toMatchObject(overloaded);
      expect(refused.headers.get("retry-after")).toBe(String(refused.body.errors[0].extensions.retryAfter));
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(refused.headers.get("connection")).toBe("close");
    }
    expect((await fetch(`${gateway.origin}/livez`)).status).toBe(200);
  });
  // The second key is made there.
  expect(statements).toBeLessThanOrEqual(1);
  gateway.open();
  for (const answer of await Promise.all(held)) expect(answer).toMatchObject(passed);
  expect(await gateway.post(pass())).toMatchObject(passed);
  expect(gateway.logged).toEqual([]);
});

test("who leaves takes up its place until its work is done", async () => {
  const gateway = await start({ requests: 2 });
  const leave = new AbortController();
  const headers = { "x-api-key": gateway.key };
  const query = encodeURIComponent(pass().query);
  const left = [1, 2].map(() => fetch(`${gateway.url}?query=${query}`, { headers, signal: leave.signal }));
  await gateway.full(2);
  leave.abort();
  for (const { status } of await Promise.allSettled(left)) expect(status).toBe("rejected");
  expect(await gateway.post(pass())).toMatchObject(overloaded);
  gateway.open();
  await expect.poll(() => gateway.post(pass()), { interval: 5 }).toMatchObject(passed);
});

test("the rows that all read together are bounded, so that many dear requests do not fill the memory", async () => {
  const gateway = await start({ rows: 100 });
  const held = gateway.post(pass(60));
  await gateway.full(1);
  const refused = await gateway.post(pass(60));
  expect(refused).toMatchObject(overloaded);
  expect(refused.headers.get("retry-after")).toBe("1");
  const beside = gateway.post(pass(40));
  await gateway.full(2);
  expect(await gateway.post(pass(1))).toMatchObject(overloaded);
  gateway.open();
  for (const answer of await Promise.all([held, beside])) expect(answer).toMatchObject(passed);
  await expect.poll(() => gateway.post(pass(100)), { interval: 5 }).toMatchObject(passed);
});

test("a request that is within its budget fits when it is alone", async () => {
  const gateway = await start({ rows: 100 });
  gateway.open();
  expect(await gateway.post(pass(500))).toMatchObject(passed);
});
