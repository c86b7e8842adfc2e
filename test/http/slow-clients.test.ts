import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { buildSchema, type GraphQLObjectType } from "graphql";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { startGateway } from "../support/gateway.ts";

type Gateway = Awaited<ReturnType<typeof startGateway>>;
let gateway: Gateway;
beforeAll(async () => {
  const schema = buildSchema("type Query { large: String }");
  const large = "x".repeat(64 * 1024 * 1024);
  Object.assign((schema.getQueryType() as GraphQLObjectType).getFields().large as object, { resolve: () => large });
  const timeouts = {
    headersTimeout: 200,
    requestTimeout: 300,
    connectionsCheckingInterval: 20,
    keepAliveTimeout: 200,
    exchangeTimeout: 1_000,
  };
  gateway = await startGateway({ schema, timeouts, capacity: { requests: 1 } });
});

async function open(): Promise<Socket> {
  const socket = connect(Number(new URL(gateway.origin).port), "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  return socket;
}

/** The bytes that the gateway sends until it closes the connection. */
async function heard(socket: Socket): Promise<string> {
  let text = "";
  socket.setEncoding("utf8").on("data", (data) => {
    text += data;
  });
  socket.on("error", () => {});
  await once(socket, "close");
  return text;
}

const head = (length: number) =>
  `POST /graphql HTTP/1.1\r\nHost: x\r\nX-Api-Key: ${gateway.key}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;

describe("a client that takes its time", () => {
  test.each<[string, (socket: Socket) => void]>([
    ["for its headers", (socket) => socket.write("POST /graphql HTTP/1.1\r\nHost: x\r\n")],
    ["for its headers, one after the other", (socket) => dribble(socket, "POST /graphql HTTP/1.1\r\n", "X: x\r\n")],
    ["for its body", (socket) => socket.write(`${head(100)}{"query":`)],
    ["for its body, byte by byte", (socket) => dribble(socket, head(100_000), " ")],
  ])("%s is cut off, and holds up nobody", async (_, send) => {
    const socket = await open();
    send(socket);
    expect(await heard(socket)).toMatch(/^(HTTP\/1\.1 408 |$)/);
    await expect.poll(async () => (await gateway.post({ query: "{ __typename }" })).status).toBe(200);
  });

  test("for its first byte is cut off", async () => {
    expect(await heard(await open())).toMatch(/^(HTTP\/1\.1 408 |$)/);
  });

  test("to read its answer is cut off", async () => {
    const socket = await open();
    socket.pause();
    const body = '{"query":"{ large }"}';
    socket.write(head(body.length) + body);
    await expect.poll(() => connections(), { timeout: 10_000 }).toBe(0);
    await expect.poll(async () => (await gateway.post({ query: "{ __typename }" })).status).toBe(200);
  });

  test("to read its answer, but never stops, is cut off", async () => {
    const socket = await open();
    socket.pause();
    const timer = setInterval(() => socket.read(1_000), 5);
    onTestFinished(() => clearInterval(timer));
    const body = '{"query":"{ large }"}';
    socket.write(head(body.length) + body);
    await expect.poll(() => connections(), { timeout: 10_000 }).toBe(0);
    await expect.poll(async () => (await gateway.post({ query: "{ __typename }" })).status).toBe(200);
  });

  test("has seconds by default, and there is an end to the connections", async () => {
    const { server } = await startGateway({ streams: { max: 200 } });
    expect(server.headersTimeout).toBe(5_000);
    expect(server.requestTimeout).toBe(10_000);
    expect(server.maxConnections).toBe(10_200);
  });

  test("is not logged", () => {
    expect(gateway.logged).toEqual([]);
  });
});

/** Sends something again and again, faster than any timeout of inactivity. */
function dribble(socket: Socket, first: string, again: string): void {
  socket.write(first);
  const timer = setInterval(() => socket.write(again), 10);
  socket.on("close", () => clearInterval(timer));
}

function connections(): Promise<number> {
  return new Promise((resolve, reject) =>
    gateway.server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  );
}
