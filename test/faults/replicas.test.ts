import { randomBytes } from "node:crypto";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { observeStatements } from "../../src/database/observe-statements.ts";
import { connect, openDatabase } from "../../src/database/open.ts";
import { Replicas } from "../../src/database/replicas.ts";
import { createKey } from "../../src/keys/manage-keys.ts";
import { clientOf, serveGateway } from "../support/gateway.ts";
import { startProcess } from "../support/process.ts";
import { startCollector } from "../telemetry/collector.ts";
import { connectAside } from "./in-process.ts";
import { freePort, type Postgres, programs, startPostgres, startServer } from "./own-postgres.ts";
import { clientKey, sender } from "./traffic.ts";
import { topConversation } from "./writes.ts";

const list = "{ conversations(first: 100) { nodes { id } } }";

describe.skipIf(!programs)("with a streaming replica (needs the programs of a PostgreSQL server)", () => {
  let primary: Postgres;
  let standby: Awaited<ReturnType<typeof startServer>>;
  beforeAll(async () => {
    primary = await startPostgres();
    standby = await startServer({ primary: primary.url });
  });

  /** A gateway with these replicas, in a workspace of its own, and a conversation that has reached the replica. */
  async function start(urls = [standby.url]) {
    const { db, pool, close } = await openDatabase({ databaseUrl: primary.url, dataDir: "", poolSize: 5 });
    const logged: string[] = [];
    const replicas = new Replicas(pool, { replicaUrls: urls, poolSize: 5 }, ({ message }) => logged.push(message));
    const { key } = await createKey(db, { ...clientKey, workspace: `replicas-${await freePort()}` });
    const gateway = await serveGateway({ db, replicas, keyCacheSeconds: 60, limits: { maxBatch: 2 } });
    onTestFinished(async () => {
      gateway.close();
      await replicas.close();
      await close();
    });
    const client = clientOf(gateway.url, key);
    const post = async (request: unknown, headers: Record<string, string> = { "x-max-staleness": "1" }) => {
      const { body, headers: answered } = await client.post(request, headers);
      const staleness = answered.get("x-staleness");
      return { staleness: staleness === null ? null : Number(staleness), body };
    };
    /** How many conversations a query sees, and from where. */
    const ask = async (headers?: Record<string, string>) => {
      const { staleness, body } = await post({ query: list }, headers);
      expect(body.errors).toBeUndefined();
      return { seen: body.data.conversations.nodes.length, replica: staleness !== null };
    };
    const send = sender(key, gateway.url);
    const write = async (name: string) => expect(await send(topConversation(name))).toHaveProperty("id");
    await write("first");
    return { ask, post, write, logged, replicas, key };
  }

  const onReplica = { seen: 1, replica: true };

  /** Stops the replay of the log, until the end of the test; what arrives is kept. */
  async function pauseReplay() {
    const aside = await connectAside(standby.url);
    await aside.query("SELECT pg_wal_replay_pause()");
    await expect
      .poll(async () => (await aside.query("SELECT pg_get_wal_replay_pause_state() AS s")).rows[0].s)
      .toBe("paused");
    onTestFinished(async () => void (await aside.query("SELECT pg_wal_replay_resume()")));
  }

  test("queries that say how stale they may be are read there, and all others on the primary", async () => {
    const { ask, post } = await start();
    await expect.poll(() => ask(), { timeout: 10_000 }).toEqual(onReplica);
    await pauseReplay();
    const { staleness } = await post({ query: list }, { "x-max-staleness": "300" });
    expect(staleness).toBeLessThan(300);
    expect(await ask({})).toEqual({ seen: 1, replica: false });
  });

  test("one that lags more than a query allows is not used, and is again when it has caught up", async () => {
    const { ask, write } = await start();
    await expect.poll(() => ask(), { timeout: 10_000 }).toEqual(onReplica);
    const aside = await connectAside(standby.url);
    await aside.query("SELECT pg_wal_replay_pause()");
    await write("second");
    expect(await ask({})).toEqual({ seen: 2, replica: false });
    await expect.poll(() => ask(), { timeout: 10_000 }).toEqual({ seen: 2, replica: false });
    expect(await ask({ "x-max-staleness": "300" })).toEqual(onReplica);
    await aside.query("SELECT pg_wal_replay_resume()");
    await expect.poll(() => ask(), { timeout: 10_000 }).toEqual({ seen: 2, replica: true });
  });

  test("a request that writes reads its own write, and so does all of its batch", async () => {
    const { ask, post } = await start();
    await expect.poll(() => ask(), { timeout: 10_000 }).toEqual(onReplica);
    await pauseReplay();
    const headers = { "x-max-staleness": "300" };
    const { input } = topConversation("own");
    const query = `mutation ($input: GetOrCreateConversationInput!) {
      getOrCreateConversation(input: $input) { conversation { id counts { participants } participants { nodes { id } } } } }`;
    const { staleness, body } = await post({ query, variables: { input } }, headers);
    expect({ staleness, body }).toMatchObject({
      staleness: null,
      body: {
        data: {
          getOrCreateConversation: { conversation: { counts: { participants: 2 }, participants: { nodes: [{}, {}] } } },
        },
      },
    });
    const batch = await post([{ query: list }, { query: list }], headers);
    expect(batch.staleness).toBeNull();
    expect(
      batch.body.map(({ data }: { data: { conversations: { nodes: [] } } }) => data.conversations.nodes.length),
    ).toEqual([2, 2]);
    expect(await ask(headers)).toEqual(onReplica);
  });

  test("one that is away is not used: its queries are answered by the primary, also those that were under way", async () => {
    const { ask, logged } = await start();
    await expect.poll(() => ask(), { timeout: 10_000 }).toEqual(onReplica);
    const asking = Array.from({ length: 20 }, () => ask({ "x-max-staleness": "300" }));
    await standby.stop("immediate");
    for (const answer of await Promise.all(asking)) expect(answer).toMatchObject({ seen: 1 });
    const told = expect.arrayContaining([expect.stringContaining("A replica is not used: ")]);
    await expect.poll(() => logged, { timeout: 10_000 }).toEqual(told);
    expect(await ask({ "x-max-staleness": "300" })).toEqual({ seen: 1, replica: false });
    await standby.start();
    await expect.poll(() => ask(), { timeout: 20_000 }).toEqual(onReplica);
  });

  test("one that is silent is not used any more, long before its connections are given up, and is again when it answers", async () => {
    const { ask, replicas } = await start();
    await expect.poll(() => ask(), { timeout: 10_000 }).toEqual(onReplica);
    await standby.freeze();
    await expect.poll(() => replicas.pick(300_000), { timeout: 10_000 }).toBeUndefined();
    expect(await ask({ "x-max-staleness": "300" })).toEqual({ seen: 1, replica: false });
    await standby.thaw();
    await expect.poll(() => ask(), { timeout: 20_000 }).toEqual(onReplica);
  });

  test("one that takes too long for the query of one tenant stays in use for the others", async () => {
    const { ask, replicas } = await start();
    await expect.poll(() => ask(), { timeout: 10_000 }).toEqual(onReplica);
    replicas.pools[0]?.on("acquire", (client) => {
      const send = client.query.bind(client) as (...args: unknown[]) => unknown;
      const text =
        "DO $$ BEGIN RAISE EXCEPTION 'canceling statement due to statement timeout' USING ERRCODE = '57014'; END $$";
      const refuse = (query: string | { text: string }, ...more: unknown[]) => {
        const refused = typeof query === "object" && query.text.includes('"Conversation"');
        return refused ? send({ ...query, name: "", text, values: [] }, ...more) : send(query, ...more);
      };
      client.query = refuse as never;
    });
    expect(await ask({ "x-max-staleness": "300" })).toEqual({ seen: 1, replica: false });
    expect(replicas.pick(300_000)).toBeDefined();
  });

  test("its statements are in the traces and metrics of the program like those of the primary", async () => {
    const collector = await startCollector();
    const { key } = await start();
    const { printed } = startProcess("src/main.ts", [], {
      ...{ DATABASE_URL: primary.url, DATABASE_REPLICA_URL: standby.url, PORT: "0", METRICS: "on" },
      ...{ OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_BSP_SCHEDULE_DELAY: "1" },
    });
    const [, url = ""] = await printed(/^Parley answers at (\S+)/m);
    const post = (headers = {}) =>
      fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", "x-api-key": key, "x-max-staleness": "300", ...headers },
        body: JSON.stringify({ query: list }),
      });
    await expect.poll(async () => (await post()).headers.get("x-staleness"), { timeout: 20_000 }).not.toBeNull();
    const traceId = randomBytes(16).toString("hex");
    const answer = await post({ traceparent: `00-${traceId}-${randomBytes(8).toString("hex")}-01` });
    expect(answer.headers.get("x-staleness")).not.toBeNull();
    const { statements } = await collector.trace(traceId);
    expect(statements).toMatchObject([{ name: "SELECT" }]);

    const counted = async () => {
      const metrics = await (await fetch(new URL("/metrics", url))).text();
      return Number(/^parley_database_statement_duration_seconds_count (\d+)$/m.exec(metrics)?.[1]);
    };
    const before = await counted();
    for (let n = 0; n < 200; ) if ((await post()).headers.get("x-staleness") !== null) n++;
    // Without those of the replica, there would be the four that the primary gets in a second.
    expect((await counted()) - before).toBeGreaterThanOrEqual(200);
  });

  test("nothing is known of a replica while the primary's URL leads to a standby", async () => {
    const { pool, close } = connect({ connectionString: standby.url });
    const replicas = new Replicas(pool, { replicaUrls: [standby.url], poolSize: 5 }, () => {});
    let checks = 0;
    for (const each of [pool, ...replicas.pools])
      observeStatements(each, (text) => () => {
        if (text.includes("pg_control_system")) checks++;
      });
    onTestFinished(async () => {
      await replicas.close();
      await close();
    });
    await expect.poll(() => checks, { timeout: 20_000 }).toBeGreaterThan(8);
    expect(replicas.pick(300_000)).toBeUndefined();
  });

  test.each([
    ["another schema", () => `${standby.url}?schema=other`, "it has another database or schema than the primary"],
    ["nobody there", () => "postgres://postgres@localhost:1/postgres", expect.stringMatching(/ECONNREFUSED/)],
  ])("one with %s is not used, and the log says why", async (_, url, problem) => {
    const { ask, logged } = await start([url()]);
    await expect.poll(() => logged.length, { timeout: 10_000 }).toBe(1);
    expect(logged.map((line) => line.replace("A replica is not used: ", ""))).toEqual([problem]);
    expect(await ask({ "x-max-staleness": "300" })).toEqual({ seen: 1, replica: false });
  });

  test("one of another database, or that is no standby, is never used, and the operator is told why", async () => {
    const foreign = await startPostgres();
    const { url } = await startServer({ primary: foreign.url });
    const { ask, logged } = await start([primary.url, foreign.url, url]);
    await expect.poll(() => logged.length, { timeout: 10_000 }).toBe(3);
    expect(logged.toSorted()).toEqual(
      ["it has another database or schema than the primary", "it is no standby", "it is no standby"].map(
        (problem) => `A replica is not used: ${problem}`,
      ),
    );
    expect(await ask({ "x-max-staleness": "300" })).toEqual({ seen: 1, replica: false });
  });

  test.each(["0", "301", "1.5", "-1", "soon"])("a staleness of %s is refused", async (value) => {
    const { post } = await start([]);
    const { body } = await post({ query: list }, { "x-max-staleness": value });
    expect(body.errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT", reason: "INVALID_REQUEST" } }]);
  });
});
