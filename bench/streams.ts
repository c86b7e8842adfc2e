import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import pg from "pg";
import type { Database } from "../src/database/open.ts";
import { createKey } from "../src/keys/manage-keys.ts";
import { newPlace, onDatabase, startGateway } from "./overload/gateway.ts";
import { follow, metric } from "./streams/follow.ts";
import { type Place, switchLog, writesPerSecond } from "./streams/writes.ts";

// Shows what streams of events cost, and what the log costs writes:
//
//   DATABASE_URL=postgresql://… [STREAMS=1000] [SECONDS=10] [ROUNDS=5] [CLIENTS=16] [LOST_BELLS=100] npx tsx bench/streams.ts
//
// Needs `ulimit -n` of 2500. Times in ms. Writes with and without the log take turns: their ratio holds better than they do.

const server = process.env.DATABASE_URL ?? "";
const streams = Number(process.env.STREAMS ?? 1_000);
const ms = 1000 * Number(process.env.SECONDS ?? 10);
const rounds = Number(process.env.ROUNDS ?? 5);
const clients = Number(process.env.CLIENTS ?? 16);
const lostBells = Number(process.env.LOST_BELLS ?? 100);
const keysOfStreams = 50;

const place = await newPlace(server);
const database = new pg.Pool({ connectionString: place.env.DATABASE_URL, max: 4 });
try {
  const workspaces = await onDatabase(place, ({ db }) => fill(db));
  const [watched] = workspaces as [(typeof workspaces)[0]];
  const env = { MAX_SUBSCRIPTIONS: String(2 * streams), RATE_LIMIT_PER_MINUTE: "0", EVENT_RETENTION_DAYS: "0" };
  const [gateway, other] = [await startGateway(place, env), await startGateway(place, env)];
  try {
    console.table(await idle());
    console.table(await latencies());
  } finally {
    await gateway.stop();
    await other.stop();
  }
  console.table(await writes());

  /** Statements a second of a gateway whose streams hear nothing. */
  async function idle() {
    const rows: Record<string, unknown> = {};
    const held: (() => void)[] = [];
    for (const count of [1, streams]) {
      while (held.length < count) held.push(await follow(gateway.url, keyOf(held.length)));
      await wait(2_000);
      const read = async () => ({
        statements: await metric(gateway.url, "parley_database_statement_duration_seconds_count"),
        cpu: await metric(gateway.url, "process_cpu_seconds_total"),
      });
      const before = await read();
      await wait(ms);
      const after = await read();
      rows[`${count} idle streams`] = {
        held: await metric(gateway.url, "parley_streams"),
        "statements/s": ((1000 * (after.statements - before.statements)) / ms).toFixed(2),
        "CPU %": ((100_000 * (after.cpu - before.cpu)) / ms).toFixed(1),
        MiB: await gateway.memory(),
      };
    }
    for (const close of held) close();
    return rows;
  }

  function keyOf(stream: number): string {
    return watched.keys[Math.floor(stream / keysOfStreams)] as string;
  }

  /** From the commit of a change to its arrival at a client. */
  async function latencies() {
    const rename = async (through: URL) => {
      const query = `mutation { updateConversation(input: { id: "conversation_${watched.conversationId}", name: "${randomUUID()}" }) { conversation { id } } }`;
      const headers = { "content-type": "application/json", "x-api-key": keyOf(0) };
      await (await fetch(through, { method: "POST", headers, body: JSON.stringify({ query }) })).text();
    };
    return {
      "on one gateway": await measure(200, () => rename(gateway.url)),
      "across gateways, by the bell": await measure(200, () => rename(other.url)),
      "across gateways, the bell lost": await measure(lostBells, async () => {
        await loseBells();
        await rename(other.url);
      }),
    };
  }

  /** Ends the connections by which gateways tell one another; they come back after a second. */
  async function loseBells() {
    const bells = "FROM pg_stat_activity WHERE datname = current_database() AND query ~ '^(LISTEN|SELECT pg_notify)'";
    await database.query(`SELECT pg_terminate_backend(pid, 5000) ${bells}`);
  }

  async function measure(count: number, change: () => Promise<unknown>) {
    const took: number[] = [];
    let heard = () => {};
    const close = await follow(gateway.url, keyOf(0), (at, came) => {
      took.push(came - at);
      heard();
    });
    await wait(500);
    for (let i = 0; i < count; i++) {
      const hears = new Promise<void>((resolve) => {
        heard = resolve;
      });
      await change();
      await hears;
    }
    close();
    took.sort((a, b) => a - b);
    return { changes: count, median: took[took.length >> 1], p99: took[Math.floor(took.length * 0.99)] };
  }

  /** Messages a second into many workspaces and into one, without the log and with it. */
  async function writes() {
    const rows: Record<string, unknown> = {};
    for (const [name, places] of Object.entries({ "50 workspaces": workspaces, "one workspace": [watched] })) {
      const pairs: [without: number, within: number][] = [];
      for (let round = 0; round < rounds; round++) {
        const pair: [number, number] = [0, 0];
        for (const on of round % 2 ? [false, true] : [true, false]) {
          await switchLog(database, on);
          pair[Number(on)] = await writesPerSecond(place.env.DATABASE_URL as string, places, clients, ms / 2);
        }
        pairs.push(pair);
      }
      const [ratios, without, within] = [pairs.map(([a, b]) => b / a), pairs.map(([a]) => a), pairs.map(([, b]) => b)];
      rows[name] = { without: median(without), with: median(within), ratio: median(ratios).toFixed(2) };
    }
    return rows;
  }
} finally {
  await database.end();
  await place.remove();
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] as number;
}

/** Fifty workspaces with a conversation each, the first with a key for every fifty streams. */
async function fill(db: Database): Promise<(Place & { keys: string[] })[]> {
  const filled = [];
  for (let n = 0; n < 50; n++) {
    const workspace = `streams-${n}`;
    const keys: string[] = [];
    for (let made = 0; made < (n === 0 ? Math.ceil(streams / keysOfStreams) : 1); made++)
      keys.push((await createKey(db, { workspace, integration: "bench", permissions: ["fullAccess"] })).key);
    const { id: workspaceId } = await db.workspace.findUniqueOrThrow({ where: { slug: workspace } });
    const { id: conversationId } = await db.conversation.create({ data: { workspaceId, type: "GROUP" } });
    filled.push({ workspaceId, conversationId, keys });
  }
  return filled;
}
