import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import pg from "pg";
import { logs, type Server } from "./servers.ts";

export interface Load {
  requests: number;
  perSecond: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  errors: number;
  /** Milliseconds of CPU for one request, in the server and in PostgreSQL; NaN where /proc does not tell. */
  nodeMs: number;
  postgresMs: number;
}

/** The program that loads the servers has to take little of the machine itself. */
export function requireWrk(): void {
  try {
    execFileSync("wrk", ["--version"], { stdio: "ignore" });
  } catch (error) {
    // It tells its version with a status of 1.
    if ((error as { status?: number | null }).status != null) return;
    throw new Error(
      "This bench loads the servers by wrk, which is not installed: apt install wrk, or brew install wrk.",
    );
  }
}

/** Writes the requests of a load, whole and in advance, and returns the name of the file. */
export function writeRequests(server: Server, operation: string, bodies: string[]): string {
  const requests = bodies.map((body) =>
    [
      `POST ${server.url.pathname} HTTP/1.1`,
      `host: ${server.url.host}`,
      `x-api-key: ${server.key}`,
      "content-type: application/json",
      `content-length: ${Buffer.byteLength(body)}`,
      `\r\n${body}`,
    ].join("\r\n"),
  );
  mkdirSync(logs, { recursive: true });
  const file = join(logs, `${server.name}-${operation}.requests`);
  writeFileSync(file, requests.join("\0"));
  return file;
}

/** Asks a server for `seconds` from so many connections, each sending its next request when it has the answer. */
export async function load(
  server: Server,
  requests: string,
  { connections, seconds }: { connections: number; seconds: number },
): Promise<Load> {
  const used = await watchCpu(server);
  const script = join(import.meta.dirname, "load.lua");
  const args = ["-t1", `-c${connections}`, `-d${seconds}s`, "--timeout", "30s", "-s", script, server.url.origin];
  const child = spawn("wrk", args, {
    env: { ...process.env, REQUESTS: requests },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [printed] = await Promise.all([text(child.stdout), once(child, "exit")]);
  const { node, postgres } = await used();
  const result = /RESULT (.*)/.exec(printed)?.[1];
  if (!result) throw new Error(`wrk said nothing of ${server.name}:\n${printed}`);
  const measured = JSON.parse(result);
  return { ...measured, nodeMs: node / measured.requests, postgresMs: postgres / measured.requests };
}

const pools = new Map<string, pg.Pool>();

/** Returns a function that tells how many milliseconds of CPU a server, and the backends of its connections, have used since. */
async function watchCpu(server: Server): Promise<() => Promise<{ node: number; postgres: number }>> {
  const before = await cpuOf(server);
  return async () => {
    const after = await cpuOf(server);
    const backends = [...after.backends].map(([pid, ms]) => ms - (before.backends.get(pid) ?? 0));
    return { node: after.node - before.node, postgres: backends.reduce((sum, ms) => sum + ms, 0) };
  };
}

async function cpuOf({ process, databaseUrl }: Server) {
  const { rows } = await poolOf(databaseUrl).query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity
     WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`,
  );
  return { node: cpuOfProcess(process.pid), backends: new Map(rows.map(({ pid }) => [pid, cpuOfProcess(pid)])) };
}

function poolOf(databaseUrl: string): pg.Pool {
  const known = pools.get(databaseUrl);
  if (known) return known;
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1, allowExitOnIdle: true });
  // The bench drops its databases while this connection is idle.
  pool.on("error", () => {});
  pools.set(databaseUrl, pool);
  return pool;
}

const msPerTick = 10;

function cpuOfProcess(pid: number | undefined): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [user, system] = stat.slice(stat.lastIndexOf(")")).split(" ").slice(12);
    return (Number(user) + Number(system)) * msPerTick;
  } catch {
    return Number.NaN;
  }
}

/** The most memory that a server has held, in MiB; NaN where /proc does not tell. */
export function peakMemoryOf({ process }: Server): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${process.pid}/status`, "utf8"))?.[1]) / 1024;
  } catch {
    return Number.NaN;
  }
}
