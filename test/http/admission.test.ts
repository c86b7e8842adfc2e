import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { testDatabase } from "../support/database.ts";
import { gatedSchema } from "../support/gate.ts";
import { startGateway } from "../support/gateway.ts";

const pass = (rows = 0) => ({ query: `{ pass(rows: ${rows}) }` });
const passed = { status: 200, body: { data: { pass: true } } };
const overloaded = { status: 503, error: { code: "SERVICE_UNAVAILABLE", reason: "OVERLOADED" } };

async function start(capacity: { requests?: number; rows?: number }) {
  const { schema, waiting, open, shut } = gatedSchema();
  const gateway = await startGateway({ schema, capacity, keyCacheSeconds: 60 });
  const full = (count: number) => expect.poll(waiting, { interval: 5 }).toBe(count);
  // Keys of other workspaces: no workspace has more than half.
  const [second, third] = [(await startGateway()).key, (await startGateway()).key];
  const send = (key: string, rows?: number) => gateway.post(pass(rows), { "x-api-key": key });
  return { ...gateway, second, third, send, full, open, shut };
}

test("requests beyond what the process holds are refused at once, told when to come back, and keep nobody waiting", async () => {
  const gateway = await start({ requests: 2 });
  const held = [gateway.post(pass()), gateway.send(gateway.second)];
  await gateway.full(2);
  const neverSeen = await gateway.newKey();
  const { countStatements } = await testDatabase();
  const statements = await countStatements(async () => {
    for (const key of [gateway.key, neverSeen, "unknown"]) {
      const refused = await gateway.post(pass(), { "x-api-key": key });
      expect(refused).toMatchObject(overloaded);
      expect(refused.headers.get("retry-after")).toBe(String(refused.body.errors[0].extensions.retryAfter));
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(refused.headers.get("connection")).toBe("close");
    }
    expect((await fetch(`${gateway.origin}/livez`)).status).toBe(200);
  });
  expect(statements).toBe(0);
  gateway.open();
  for (const answer of await Promise.all(held)) expect(answer).toMatchObject(passed);
  expect(await gateway.post(pass())).toMatchObject(passed);
  expect(gateway.logged).toEqual([]);
});

test("who leaves takes up its place until its work is done", async () => {
  const gateway = await start({ requests: 2 });
  const leave = new AbortController();
  const query = encodeURIComponent(pass().query);
  const left = [gateway.key, gateway.second].map((key) =>
    fetch(`${gateway.url}?query=${query}`, { headers: { "x-api-key": key }, signal: leave.signal }),
  );
  await gateway.full(2);
  leave.abort();
  for (const { status } of await Promise.allSettled(left)) expect(status).toBe("rejected");
  expect(await gateway.post(pass())).toMatchObject(overloaded);
  gateway.open();
  await expect.poll(() => gateway.post(pass()), { interval: 5 }).toMatchObject(passed);
});

test("who breaks off leaves no place taken, also for answers that stand behind another one", async () => {
  const gateway = await start({ requests: 4 });
  const { hostname, port } = new URL(gateway.origin);
  const head = (target: string) => `GET ${target} HTTP/1.1\r\nHost: x\r\nX-Api-Key: ${gateway.key}\r\n\r\n`;
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  // Three answers are ready, but the first one has to be sent before them.
  socket.write(head("/graphql?query=%7Bpass%7D") + "GET /graphql HTTP/1.1\r\nHost: x\r\n\r\n".repeat(3));
  await gateway.full(1);
  await expect.poll(() => gateway.send(gateway.second), { interval: 5 }).toMatchObject(overloaded);
  socket.resetAndDestroy();
  gateway.open();
  await gateway.full(0);
  gateway.shut();
  const held = [gateway.key, gateway.second, gateway.third].map((key) => gateway.send(key));
  await gateway.full(3);
  gateway.open();
  for (const answer of await Promise.all(held)) expect(answer).toMatchObject(passed);
});

test("no workspace has more than half of the places, however many keys it has", async () => {
  const gateway = await start({ requests: 4 });
  const held = [gateway.post(pass()), gateway.send(await gateway.newKey())];
  await gateway.full(2);
  const refused = await gateway.post(pass());
  expect(refused).toMatchObject(overloaded);
  expect(refused.headers.get("connection")).toBe("close");
  held.push(gateway.send(gateway.second));
  await gateway.full(3);
  gateway.open();
  for (const answer of await Promise.all(held)) expect(answer).toMatchObject(passed);
});

test("the rows that all read together are bounded, so that many dear requests do not fill the memory", async () => {
  const gateway = await start({ rows: 200 });
  const held = [gateway.post(pass(90)), gateway.send(gateway.second, 80)];
  await gateway.full(2);
  const refused = await gateway.send(gateway.third, 40);
  expect(refused).toMatchObject(overloaded);
  expect(refused.headers.get("retry-after")).toBe("1");
  held.push(gateway.send(gateway.third, 30));
  await gateway.full(3);
  expect(await gateway.send(gateway.third, 1)).toMatchObject(overloaded);
  gateway.open();
  for (const answer of await Promise.all(held)) expect(answer).toMatchObject(passed);
  await expect.poll(() => gateway.post(pass(100)), { interval: 5 }).toMatchObject(passed);
});

test("no workspace has more than half of the rows", async () => {
  const gateway = await start({ rows: 200 });
  const held = [gateway.post(pass(90))];
  await gateway.full(1);
  expect(await gateway.post(pass(20))).toMatchObject(overloaded);
  held.push(gateway.send(gateway.second, 20));
  await gateway.full(2);
  gateway.open();
  for (const answer of await Promise.all(held)) expect(answer).toMatchObject(passed);
});

test("a request that is within its budget fits when it is alone", async () => {
  const gateway = await start({ rows: 100 });
  gateway.open();
  expect(await gateway.post(pass(500))).toMatchObject(passed);
});
