import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Capacity, createAdmission, defaultCapacity } from "../../src/http/admission.ts";
import { onPostgres, testDatabase } from "../support/database.ts";
import { gatedSchema } from "../support/gate.ts";
import { startGateway } from "../support/gateway.ts";

const pass = (rows = 0) => ({ query: `{ pass(rows: ${rows}) }` });
const passed = { status: 200, body: { data: { pass: true } } };
const overloaded = { status: 503, error: { code: "SERVICE_UNAVAILABLE", reason: "OVERLOADED" } };

/** A gateway whose only field waits until the gate is opened, with keys of two more workspaces. */
async function start(capacity: Partial<Capacity>) {
  const { schema, waiting, open, shut } = gatedSchema();
  const gateway = await startGateway({ schema, capacity, keyCacheSeconds: 60 });
  const full = (count: number) => expect.poll(waiting, { interval: 5 }).toBe(count);
  const [second, third] = [(await startGateway()).key, (await startGateway()).key];
  const send = (key: string, rows?: number) => gateway.post(pass(rows), { "x-api-key": key });
  const sendMany = (count: number, key = gateway.key) => Array.from({ length: count }, () => send(key));
  for (const key of [gateway.key, second, third]) await gateway.post({ query: "{ __typename }" }, { "x-api-key": key });
  return { ...gateway, second, third, send, sendMany, full, waiting, open, shut };
}

/** Waits until so many of the answers have come. */
function answered(sent: Promise<unknown>[]) {
  const answers: unknown[] = [];
  for (const one of sent) one.then((answer) => answers.push(answer));
  return (count: number) =>
    expect
      .poll(() => answers.length, { interval: 5 })
      .toBe(count)
      .then(() => answers);
}

test("a burst waits for its turn, and all of it is answered", async () => {
  const gateway = await start({ requests: 4 });
  const sent = gateway.sendMany(60);
  await gateway.full(4);
  gateway.open();
  for (const answer of await Promise.all(sent)) expect(answer).toMatchObject(passed);
  expect(gateway.logged).toEqual([]);
});

test("a request that finds a full queue is refused at once with a Retry-After, and costs the database nothing", async () => {
  const gateway = await start({ requests: 4, waiting: 2 });
  const sent = gateway.sendMany(6);
  await gateway.full(4);
  const refused = [...gateway.sendMany(5), ...sent];
  const { countStatements } = await testDatabase();
  const statements = await countStatements(async () => {
    for (const answer of await answered(refused)(5)) {
      expect(answer).toMatchObject(overloaded);
      const { headers, body } = answer as Awaited<(typeof sent)[0]>;
      expect(headers.get("retry-after")).toBe(String(body.errors[0].extensions.retryAfter));
      expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
      expect(headers.get("connection")).toBe("close");
    }
    expect((await fetch(`${gateway.origin}/livez`)).status).toBe(200);
  });
  expect(statements).toBe(0);
  gateway.open();
  const answers = await Promise.all(refused);
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(6);
  expect(gateway.logged).toEqual([]);
});

test("a request that waits too long is refused, and may come again", async () => {
  const gateway = await start({ requests: 1, waitMs: 50 });
  const sent = gateway.sendMany(2);
  expect(await answered(sent)(1)).toMatchObject([overloaded]);
  gateway.open();
  await Promise.all(sent);
  expect(await gateway.post(pass())).toMatchObject(passed);
});

test("a workspace that fills the places and the queue makes no other one wait or be refused", async () => {
  const gateway = await start({ requests: 10, waiting: 5 });
  const sent = gateway.sendMany(15);
  await gateway.full(10);
  const other = gateway.send(gateway.second);
  await gateway.full(11);
  const more = [...gateway.sendMany(1, gateway.second), ...gateway.sendMany(1, gateway.third)];
  const refused = await answered([...sent, ...more, other])(2);
  expect(refused).toMatchObject([overloaded, overloaded]);
  gateway.open();
  for (const answer of await Promise.all([...more, other])) expect(answer).toMatchObject(passed);
  expect((await Promise.all(sent)).filter(({ status }) => status === 503)).toHaveLength(2);
});

test("a client that disconnects while it waits leaves the queue; later, its request keeps its place until the work is done", async () => {
  const gateway = await start({ requests: 1, waiting: 1 });
  const leave = new AbortController();
  const query = encodeURIComponent(pass().query);
  const headers = { "x-api-key": gateway.key };
  const held = fetch(`${gateway.url}?query=${query}`, { headers, signal: leave.signal });
  await gateway.full(1);
  const waiting = fetch(`${gateway.url}?query=${query}`, { headers, signal: leave.signal });
  await expect.poll(() => gateway.post(pass()), { interval: 5 }).toMatchObject(overloaded);
  leave.abort();
  for (const { status } of await Promise.allSettled([held, waiting])) expect(status).toBe("rejected");
  const next = gateway.post(pass());
  await expect.poll(() => gateway.post(pass()), { interval: 5 }).toMatchObject(overloaded);
  expect(gateway.waiting()).toBe(1);
  gateway.open();
  expect(await next).toMatchObject(passed);
});

test.each([
  "{ conversations { nodes { id } } }",
  'mutation { getOrCreateConversation(input: { customer: { externalId: "jane" } }) { outcome } }',
])("a client that disconnects while its request waits for a connection leaves that queue too: %s", async (query) => {
  const { pool } = await testDatabase();
  const gateway = await startGateway({ keyCacheSeconds: 60, capacity: { requests: 1 } });
  expect(await gateway.post({ query })).toMatchObject({ status: 200 });
  // One more is for readiness.
  const connections = await Promise.all(
    Array.from({ length: onPostgres ? pool.options.max - 1 : 1 }, () => pool.connect()),
  );
  onTestFinished(() => {
    for (const connection of connections) connection.release();
  });
  const leave = new AbortController();
  const headers = { "content-type": "application/json", "x-api-key": gateway.key };
  const waiting = fetch(gateway.url, {
    method: "POST",
    headers,
    body: JSON.stringify({ query }),
    signal: leave.signal,
  });
  await expect.poll(() => pool.queued, { interval: 5 }).toBe(1);
  leave.abort();
  await expect(waiting).rejects.toThrow();
  await expect.poll(() => pool.queued, { interval: 5 }).toBe(0);
  // Its place is free when its work has ended.
  expect(await gateway.post({ query: "{ __typename }" })).toMatchObject({ status: 200 });
  expect(gateway.logged).toEqual([]);
});

test("a client that breaks off leaves no place taken, also for answers that wait behind another one", async () => {
  const gateway = await start({ requests: 4, waiting: 0 });
  const { hostname, port } = new URL(gateway.origin);
  const head = (target: string) => `GET ${target} HTTP/1.1\r\nHost: x\r\nX-Api-Key: ${gateway.key}\r\n\r\n`;
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  socket.write(head("/graphql?query=%7Bpass%7D").repeat(4));
  await gateway.full(4);
  await expect.poll(() => gateway.post(pass()), { interval: 5 }).toMatchObject(overloaded);
  socket.resetAndDestroy();
  gateway.open();
  await gateway.full(0);
  gateway.shut();
  const held = gateway.sendMany(4);
  await gateway.full(4);
  gateway.open();
  for (const answer of await Promise.all(held)) expect(answer).toMatchObject(passed);
});

test("the rows that all read together are bounded: other requests wait, and workspaces take turns", async () => {
  const gateway = await start({ rows: 200 });
  const held = [gateway.send(gateway.key, 150), gateway.send(gateway.key, 60)];
  await gateway.full(1);
  held.push(gateway.send(gateway.second, 40), gateway.send(gateway.third, 30));
  await gateway.full(3);
  held.push(gateway.send(gateway.third, 30));
  expect(gateway.waiting()).toBe(3);
  gateway.open();
  for (const answer of await Promise.all(held)) expect(answer).toMatchObject(passed);
});

test("a request that is within its budget fits when it is alone", async () => {
  const gateway = await start({ rows: 100 });
  gateway.open();
  expect(await gateway.post(pass(500))).toMatchObject(passed);
});

describe("batches of streams", () => {
  const request = {} as IncomingMessage;
  const never = new AbortController().signal;

  test("wait for each other, however many they are, and leave the places of requests alone", async () => {
    const admission = createAdmission({ ...defaultCapacity, requests: 1, waiting: 0, rows: 1_000 });
    const leave = await admission.enterBatch("workspace", 10, never);
    const order: number[] = [];
    const others = Array.from({ length: 50 }, async (_, i) => {
      const leave = await admission.enterBatch("workspace", 10, new AbortController().signal);
      order.push(i);
      leave();
    });
    await admission.enter(request);
    expect(order).toEqual([]);
    leave();
    await Promise.all(others);
    expect(order).toEqual(Array.from({ length: 50 }, (_, i) => i));
  });

  test("leave the queue when their stream ends", async () => {
    const admission = createAdmission({ ...defaultCapacity, requests: 1, rows: 1_000 });
    const leave = await admission.enterBatch("workspace", 10, never);
    const ending = new AbortController();
    const gone = admission.enterBatch("workspace", 10, ending.signal);
    const next = admission.enterBatch("workspace", 10, never);
    ending.abort();
    await expect(gone).rejects.toThrow();
    leave();
    (await next)();
    await expect(admission.enterBatch("workspace", 10, ending.signal)).rejects.toThrow();
    (await admission.enterBatch("workspace", 10, never))();
  });
});
