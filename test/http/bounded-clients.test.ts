import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect, type Socket } from "node:net";
import { buildSchema, type GraphQLObjectType } from "graphql";
import { describe, expect, onTestFinished, test } from "vitest";
import { serveGraphiQL } from "../../src/graphiql/graphiql.ts";
import { boundIdleConnections } from "../../src/http/bound-idle-connections.ts";
import { onPostgres, testDatabase } from "../support/database.ts";
import { startGateway } from "../support/gateway.ts";
import { serve } from "../support/serve.ts";

type Gateway = Awaited<ReturnType<typeof startGateway>>;

async function openSocket(origin: string): Promise<Socket> {
  const socket = connect(Number(new URL(origin).port), "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** Collects what is heard on the socket, and whether it was closed. */
function listen(socket: Socket) {
  const heard = { text: "", closed: false };
  socket.setEncoding("utf8").on("data", (data) => {
    heard.text += data;
  });
  socket.once("close", () => {
    heard.closed = true;
  });
  return heard;
}

const head = ({ key }: Gateway, length: number) =>
  `POST /graphql HTTP/1.1\r\nHost: x\r\nX-Api-Key: ${key}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;

const unknownKey = () => `parley_${randomBytes(32).toString("base64url")}`;
const works = { status: 200, body: { data: { __typename: "Query" } } };

describe("bodies that never end", () => {
  test("take no place from anybody", async () => {
    const gateway = await startGateway({ capacity: { requests: 1, waiting: 0 }, keyCacheSeconds: 60 });
    for (let i = 0; i < 30; i++) (await openSocket(gateway.origin)).write(`${head(gateway, 100)}{`);
    const other = await startGateway();
    for (const key of [gateway.key, other.key])
      expect(await gateway.post({ query: "{ __typename }" }, { "x-api-key": key })).toMatchObject(works);
  });

  test("are bounded by their bytes: the workspace with most loses its oldest, with an answer", async () => {
    const gateway = await startGateway({ capacity: { bodyBytes: 400 * 1024 }, keyCacheSeconds: 60 });
    await gateway.post({ query: "{ __typename }" });
    const sockets: ReturnType<typeof listen>[] = [];
    for (let i = 0; i < 4; i++) {
      const socket = await openSocket(gateway.origin);
      sockets.push(listen(socket));
      socket.write(head(gateway, 200_000) + " ".repeat(80 * 1024));
    }
    await expect.poll(() => sockets.filter(({ text }) => /^HTTP\/1\.1 503 .*OVERLOADED/s.test(text)).length).toBe(1);
    const other = await startGateway();
    expect(await gateway.post({ query: "{ __typename }" }, { "x-api-key": other.key })).toMatchObject(works);
    expect(sockets.filter(({ text }) => text === "")).toHaveLength(3);
  });
});

describe("answers that nobody takes", () => {
  test("take no place, and are bounded by their bytes: the workspace with most loses its oldest", async () => {
    const schema = buildSchema("type Query { large: String }");
    const large = "x".repeat(16 * 2 ** 20);
    Object.assign((schema.getQueryType() as GraphQLObjectType).getFields().large as object, { resolve: () => large });
    const capacity = { requests: 1, answerBytes: 40 * 2 ** 20 };
    const gateway = await startGateway({ schema, capacity, keyCacheSeconds: 60 });
    const body = '{"query":"{ large }"}';
    for (let i = 0; i < 4; i++) {
      const socket = await openSocket(gateway.origin);
      socket.pause();
      socket.write(head(gateway, body.length) + body);
    }
    const other = await startGateway();
    const answer = await gateway.post({ query: "{ large }" }, { "x-api-key": other.key });
    expect(answer.body.data.large).toHaveLength(large.length);
    const connections = () =>
      new Promise<number>((resolve) => gateway.server.getConnections((_, count) => resolve(count)));
    await expect.poll(connections).toBeLessThanOrEqual(3);
    expect(gateway.logged).toEqual([]);
  });
});

describe("clients without a valid key", () => {
  test("lose their connection after the answer; a client with a valid key keeps it", async () => {
    const gateway = await startGateway();
    const connection = async (path: string, headers: Record<string, string> = {}) =>
      (await fetch(gateway.origin + path, { headers })).headers.get("connection");
    const path = "/graphql?query=%7B__typename%7D";
    for (const stranger of ["/livez", "/readyz", "/nothing", path])
      expect(await connection(stranger), stranger).toBe("close");
    expect(await connection(path, { "x-api-key": unknownKey() })).toBe("close");
    expect(await connection(path, { "x-api-key": gateway.key })).toBe("keep-alive");
  });

  test.runIf(onPostgres)("wait for each other while keys are looked up, and nobody else for them", async () => {
    const gateway = await startGateway({ keyCacheSeconds: 60 });
    await gateway.post({ query: "{ __typename }" });
    const { pool } = await testDatabase();
    const holder = await pool.connect();
    await holder.query('BEGIN; LOCK TABLE "ApiKey"');
    const strangers = Array.from({ length: 150 }, () =>
      gateway.post({ query: "{ __typename }" }, { "x-api-key": unknownKey() }),
    );
    const lookups = async () => (await holder.query("SELECT FROM pg_locks WHERE NOT granted")).rowCount ?? 0;
    await expect.poll(lookups, { timeout: 10_000 }).toBeGreaterThan(0);
    expect(await gateway.post({ query: "{ conversations(first: 1) { nodes { id } } }" })).toMatchObject({
      status: 200,
    });
    expect(await lookups()).toBeLessThanOrEqual(2);
    await holder.query("COMMIT");
    holder.release();
    for (const { status } of await Promise.all(strangers)) expect(status).toBe(401);
  });
});

describe("idle connections", () => {
  test("are closed when they become many, those first that have been idle for longest, and none that is used", async () => {
    let finish = () => {};
    const server = createServer((request, response) => {
      if (request.url === "/slow") finish = () => void response.end("done");
      else response.end("ok");
    });
    boundIdleConnections(server, 3);
    const { origin } = await serve(server);
    const sockets: ReturnType<typeof listen>[] = [];
    for (const path of ["/slow", "/", "/", "/", "/", "/"]) {
      const socket = await openSocket(origin);
      const heard = listen(socket);
      sockets.push(heard);
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
      if (path === "/") await expect.poll(() => heard.text).toMatch(/ok/);
    }
    await expect.poll(() => sockets.map(({ closed }) => closed)).toEqual([false, true, true, false, false, false]);
    finish();
    await expect.poll(() => sockets[0]?.text).toMatch(/done/);
  });
});

test("the files of GraphiQL are one buffer for all who take them, however slowly", async () => {
  const { origin } = await startGateway({ graphiql: {} });
  const page = await (await fetch(`${origin}/graphql`, { headers: { accept: "text/html" } })).text();
  const [path] = /\/?graphiql\/graphiql\.[\w-]+\.js/.exec(page) ?? [];
  const bodies: unknown[] = [];
  for (let i = 0; i < 2; i++) {
    const response = { setHeader() {}, writeHead() {}, end: (body: unknown) => bodies.push(body) };
    const request = { method: "GET", url: `/${path?.replace(/^\//, "")}`, headers: { "accept-encoding": "identity" } };
    expect(await serveGraphiQL({}, request as never, response as never)).toBe(true);
  }
  expect((bodies[0] as Buffer).length).toBeGreaterThan(1_000_000);
  expect(bodies[1]).toBe(bodies[0]);
});
