import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { openDatabase } from "../../src/database/open.ts";
import { createKey } from "../../src/keys/manage-keys.ts";
import { startProcess } from "../support/process.ts";
import { openStream } from "../support/stream.ts";
import { connectAside } from "./in-process.ts";
import { freePort, programs, startPostgres } from "./own-postgres.ts";
import { clientKey, expectNothingLost, sender, startTraffic } from "./traffic.ts";
import { topConversation } from "./writes.ts";

const subscription = `subscription ($after: String) { events(after: $after, first: 20) { cursor nodes {
  number type conversationId conversation { name } } } }`;

/** A client that goes on behind its last cursor after every cut, end and refusal. `seen` are the events that it has applied, by number. */
function follow(url: () => string, key: string, after: string) {
  const seen = new Map<number, { type: string; conversationId: string | null }>();
  const order: number[] = [];
  let cursor = after;
  let stopped = false;
  let cuts = 0;
  let current: Awaited<ReturnType<typeof openStream>> | undefined;
  const readOne = async () => {
    current = await openStream({ url: url(), key, query: subscription, variables: { after: cursor } });
    for (;;) {
      const message = await current.next();
      if (message?.event !== "next" || !message.data?.events) return;
      for (const { number, ...event } of message.data.events.nodes) {
        if (!seen.has(number)) order.push(number);
        seen.set(number, event);
      }
      cursor = message.data.events.cursor;
    }
  };
  const done = (async () => {
    while (!stopped) {
      await readOne().catch(() => {});
      cuts++;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  onTestFinished(() => {
    stopped = true;
    current?.close();
  });
  return {
    seen,
    order,
    cuts: () => cuts,
    async stop() {
      stopped = true;
      current?.close();
      await done;
    },
  };
}

describe.skipIf(!programs)("a client that follows events (needs the programs of a PostgreSQL server)", () => {
  let postgres: Awaited<ReturnType<typeof startPostgres>>;
  let key: string;
  beforeAll(async () => {
    postgres = await startPostgres();
    const { db, close } = await openDatabase({ databaseUrl: postgres.url, dataDir: "", poolSize: 1 });
    ({ key } = await createKey(db, clientKey));
    await close();
  });

  const startGateway = async (port: number, env: Record<string, string> = {}) => {
    const { child, printed, finished } = startProcess("src/main.ts", [], {
      DATABASE_URL: postgres.url,
      DATABASE_POOL_SIZE: "5",
      PORT: String(port),
      LOG_LEVEL: "error",
      ...env,
    });
    await printed(/answers at (\S+)/);
    return { signal: (name: NodeJS.Signals) => child.kill(name), finished };
  };

  test("misses nothing when its gateway is killed, the database crashes, bells are lost and a gateway is drained", {
    timeout: 240_000,
  }, async () => {
    const ports = [await freePort(), await freePort()];
    const gateways = await Promise.all(ports.map((port) => startGateway(port, { SHUTDOWN_DELAY_SECONDS: "1" })));
    const urls = ports.map((port) => `http://127.0.0.1:${port}/graphql`);
    // Its clients write through the one, and follow through the other.
    const send = sender(key, urls[1] as string);
    const parent = await send(topConversation("parent"));
    if (!("id" in parent)) throw new Error(JSON.stringify(parent));
    const response = await fetch(urls[1] as string, {
      method: "POST",
      headers: { "content-type": "application/json", "x-api-key": key },
      body: JSON.stringify({ query: "{ eventCursor events(last: 1) { nodes { number } } }" }),
    });
    const { data } = (await response.json()) as {
      data: { eventCursor: string; events: { nodes: { number: number }[] } };
    };
    const readers = [0, 0, 1].map((at) => follow(() => urls[at] as string, key, data.eventCursor));
    const traffic = startTraffic(send, 4, parent.id, "streams");
    await traffic.progress(8);

    gateways[0]?.signal("SIGKILL");
    await gateways[0]?.finished;
    await traffic.progress(8);
    gateways[0] = await startGateway(ports[0] as number, { SHUTDOWN_DELAY_SECONDS: "1" });
    await traffic.progress(8);

    await postgres.stop("immediate");
    await postgres.start();
    await traffic.progress(8);

    const aside = await connectAside(postgres.url);
    // They come back a second after the crash.
    const loseBells = () =>
      aside.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' OR query LIKE 'SELECT pg_notify%'",
      );
    await expect.poll(async () => (await loseBells()).rowCount, { timeout: 10_000 }).toBeGreaterThan(0);
    await traffic.progress(8);

    gateways[0]?.signal("SIGTERM");
    expect(await gateways[0]?.finished).toMatchObject({ code: 0, stderr: expect.not.stringContaining("Warning") });
    gateways[0] = await startGateway(ports[0] as number);
    await traffic.progress(8);
    await traffic.stop();

    const { rows } = await aside.query<{ number: number; type: string; id: string }>(
      `SELECT number::int, type, 'conversation_' || "conversationId" AS id FROM "Event" WHERE "workspaceId" =
          (SELECT "workspaceId" FROM "Conversation" WHERE id = $1) ORDER BY number`,
      [parent.id.slice("conversation_".length)],
    );
    expect(rows.map(({ number }) => number)).toEqual(rows.map((_, index) => index + 1));
    const before = data.events.nodes[0]?.number as number;
    for (const reader of readers) {
      await expect.poll(() => reader.seen.size, { timeout: 20_000 }).toBe(rows.length - before);
      await reader.stop();
      expect(reader.order).toEqual(rows.slice(before).map(({ number }) => number));
    }
    expect(readers.slice(0, 2).map((reader) => reader.cuts() > 1)).toEqual([true, true]);
    const created = new Set(rows.filter(({ type }) => type === "CONVERSATION_CREATED").map(({ id }) => id));
    expect([...traffic.acknowledged.values()].filter((id) => !created.has(id))).toEqual([]);
    await expectNothingLost(aside, traffic.acknowledged);
  });
});
