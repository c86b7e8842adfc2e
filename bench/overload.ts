import { spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import pg from "pg";
import { migrate } from "../src/database/migrate.ts";
import { connect } from "../src/database/open.ts";
import { createKey } from "../src/keys/manage-keys.ts";

// What becomes of the answers when ten times as many clients ask at once as the gateway lets in:
//
//   DATABASE_URL=postgresql://… [SECONDS=15] [CLIENTS=1000] npx tsx bench/overload.ts
//
// Starts a gateway on a database of its own on that server, and asks it for a page of 30 sub-conversations with participants: in turn from
// as many connections as it lets in, from ten times as many, and from as many as before. Clients repeat at once, whatever they hear.
// The memory is what the gateway's process holds, sampled meanwhile from its /metrics.

const server = process.env.DATABASE_URL;
if (!server) throw new Error("DATABASE_URL has to name a server where databases may be created.");
const seconds = Number(process.env.SECONDS ?? 15);
const most = Number(process.env.CLIENTS ?? 1000);
const capacity = 100;

const query = `query ($id: ID!) { listSubConversations(parentId: $id, first: 30) {
  nodes { id name counts { children messages participants } participants(first: 5) { nodes { actor { __typename } } } } } }`;

interface Target {
  url: URL;
  key: string;
  parentId: string;
}

interface Outcome {
  phase: string;
  connections: number;
  answered: number;
  refused: number;
  /** Refusals that do not say when to come back. */
  unhelpful: number;
  /** Anything else: a wrong answer, another status, a connection that broke. */
  wrong: number;
  /** Milliseconds until an accepted request was answered. */
  median: number;
  p99: number;
  /** Until a refused one heard of it. */
  refusalMedian: number;
  /** MiB. */
  memory: number;
}

async function ask({ url, key, parentId }: Target, agent: Agent) {
  const headers = { "content-type": "application/json", "x-api-key": key };
  const startedAt = performance.now();
  const sent = request(url, { method: "POST", agent, headers });
  sent.end(JSON.stringify({ query, variables: { id: parentId } }));
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  const body = JSON.parse(await text(response));
  const ms = performance.now() - startedAt;
  const complete = body.data?.listSubConversations?.nodes?.length === 30;
  return { status: response.statusCode, ms, complete, retryAfter: response.headers["retry-after"] };
}

async function load(phase: string, target: Target, connections: number): Promise<Outcome> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const accepted: number[] = [];
  const refusals: number[] = [];
  let [unhelpful, wrong, memory] = [0, 0, 0];
  const end = Date.now() + seconds * 1000;
  const client = async () => {
    while (Date.now() < end) {
      try {
        const { status, ms, complete, retryAfter } = await ask(target, agent);
        if (status === 200 && complete) accepted.push(ms);
        else if (status === 503) {
          refusals.push(ms);
          if (!retryAfter) unhelpful++;
        } else wrong++;
      } catch {
        wrong++;
      }
    }
  };
  const watch = async () => {
    while (Date.now() < end) {
      memory = Math.max(memory, await memoryOf(target.url));
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  };
  await Promise.all([watch(), ...Array.from({ length: connections }, client)]);
  agent.destroy();
  const [answered, refused] = [accepted.length, refusals.length];
  const [median, p99, refusalMedian] = [quantile(accepted, 0.5), quantile(accepted, 0.99), quantile(refusals, 0.5)];
  return { phase, connections, answered, refused, unhelpful, wrong, median, p99, refusalMedian, memory };
}

async function memoryOf(url: URL): Promise<number> {
  const metrics = await (await fetch(new URL("/metrics", url))).text();
  return Math.round(Number(/^process_resident_memory_bytes (\S+)/m.exec(metrics)?.[1]) / 2 ** 20);
}

function quantile(values: number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN);
}

async function startGateway(databaseUrl: string) {
  const child = spawn(process.execPath, ["--import", "tsx", "src/main.ts"], {
    env: {
      ...process.env,
      DATABASE_URL: databaseUrl,
      PORT: "0",
      METRICS: "on",
      LOG_LEVEL: "error",
      RATE_LIMIT_PER_MINUTE: "0",
      // All clients are of one workspace, which gets half of it.
      MAX_CONCURRENT_REQUESTS: String(2 * capacity),
      SHUTDOWN_DELAY_SECONDS: "0",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  for await (const chunk of child.stdout) {
    printed += chunk;
    const url = /answers at (\S+)/.exec(printed)?.[1];
    if (url) return { url: new URL(url), stop: () => child.kill("SIGTERM") };
  }
  throw new Error(`The gateway did not start:\n${printed}`);
}

/** A conversation of the workspace that the key belongs to, with 200 below it. */
async function fill(databaseUrl: string): Promise<Omit<Target, "url">> {
  const { db, pool, close } = connect({ connectionString: databaseUrl, max: 1 });
  await migrate(pool);
  const { key } = await createKey(db, { workspace: "load", integration: "load", permissions: ["fullAccess"] });
  const { rows } = await pool.query<{ id: string }>(
    `INSERT INTO "Conversation" ("workspaceId", type) SELECT id, 'GROUP' FROM "Workspace" RETURNING id`,
  );
  await pool.query(
    `INSERT INTO "Conversation" ("workspaceId", type, "parentId", name)
     SELECT "workspaceId", 'GROUP', id, 'Order ' || n FROM "Conversation", generate_series(1, 200) AS n`,
  );
  await pool.query(
    `INSERT INTO "Participant" ("workspaceId", "conversationId", "memberId")
     SELECT c."workspaceId", c.id, m.id FROM "Conversation" c JOIN "Member" m ON m."workspaceId" = c."workspaceId"`,
  );
  await pool.query("VACUUM ANALYZE");
  await close();
  return { key, parentId: `conversation_${rows[0]?.id}` };
}

async function onServer(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

const name = `parley_overload_${process.pid}`;
await onServer(`CREATE DATABASE "${name}"`);
try {
  const databaseUrl = new URL(server);
  databaseUrl.pathname = `/${name}`;
  const filled = await fill(databaseUrl.href);
  const { url, stop } = await startGateway(databaseUrl.href);
  const target = { url, ...filled };
  await load("warm-up", target, capacity);
  console.log(`At rest: ${await memoryOf(url)} MiB. Each phase takes ${seconds} s; times in ms, memory in MiB.`);
  console.table([
    await load("as many as fit", target, capacity),
    await load("ten times as many", target, most),
    await load("as many as fit, again", target, capacity),
  ]);
  stop();
} finally {
  await onServer(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
}
