import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { afterAll, onTestFinished } from "vitest";
import { migrate } from "../../src/database/migrate.ts";
import { connect } from "../../src/database/open.ts";

const run = promisify(execFile);

/** Little to start, and a commit is still on its way to the disk before it is acknowledged. */
const settings = [
  "shared_buffers=16MB",
  "fsync=off",
  "max_connections=60",
  "deadlock_timeout=100ms",
  "unix_socket_directories=",
  "listen_addresses=127.0.0.1",
];

/** The programs of a PostgreSQL server on this machine, and who may run them; undefined when there are none. With CI set, they have to be there. */
export const programs = findPrograms();

function findPrograms(): { directory: string; user: { uid?: number; gid?: number } } | undefined {
  try {
    const directory = output("pg_config", "--bindir");
    output(join(directory, "initdb"), "--version");
    output(join(directory, "postgres"), "--version");
    // The server refuses to run as root.
    if (process.getuid?.() !== 0) return { directory, user: {} };
    return {
      directory,
      user: { uid: Number(output("id", "-u", "postgres")), gid: Number(output("id", "-g", "postgres")) },
    };
  } catch (error) {
    // Otherwise a machine without them would pass with nothing tested.
    if (process.env.CI) throw new Error("These tests need the programs of a PostgreSQL server.", { cause: error });
    return undefined;
  }
}

function output(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
}

/** Fast ends every session with an error; immediate is a crash, after which the server has to recover. */
export type StopMode = "fast" | "immediate";

export type Postgres = Awaited<ReturnType<typeof startPostgres>>;

const endings: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const end of endings) await end();
});

/** A PostgreSQL of this test file's own, migrated, that it may stop and start as it likes; its data lies below `parent`. */
export async function startPostgres(parent = tmpdir(), more: string[] = []) {
  const server = await startServer({ parent, more });
  const { pool, close } = connect({ connectionString: server.url, max: 1 });
  await migrate(pool);
  await close();
  return server;
}

interface ServerOptions {
  parent?: string;
  /** Settings, as `name=value`. */
  more?: string[];
  /** More files of its data directory, by their names. The server's user owns them, and nobody else reads them. */
  files?: Record<string, string>;
  /** The URL of another server, of which this one is a standby by streaming replication. */
  primary?: string;
}

/** The same with nothing in it. */
export async function startServer({ parent = tmpdir(), more = [], files = {}, primary }: ServerOptions = {}) {
  if (!programs) throw new Error("There are no programs of a PostgreSQL server on this machine.");
  const { directory, user } = programs;
  const data = await mkdtemp(join(parent, "parley-postgres-"));
  if (user.uid !== undefined && user.gid !== undefined) await chown(data, user.uid, user.gid);
  const program = (name: string) => join(directory, name);
  const options = { ...user, cwd: data };
  if (primary)
    await run(program("pg_basebackup"), ["-D", data, "-d", primary, "-R", "-c", "fast", "--no-sync"], options);
  else await run(program("initdb"), ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"], options);
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(data, name), content, { mode: 0o600 });
    if (user.uid !== undefined && user.gid !== undefined) await chown(join(data, name), user.uid, user.gid);
  }
  const port = await freePort();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;

  let server: ReturnType<typeof spawn> | undefined;
  const launch = () => {
    const args = ["-D", data, "-p", String(port), ...[...settings, ...more].flatMap((setting) => ["-c", setting])];
    server ??= spawn(program("postgres"), args, { ...options, stdio: "ignore" }).once("exit", () => {
      server = undefined;
    });
  };
  const start = () => answers(url, launch);
  const frozen: number[] = [];
  const halt = (pid: number) => {
    try {
      process.kill(pid, "SIGSTOP");
      frozen.push(pid);
    } catch {
      // It has just ended.
    }
  };
  const thaw = async () => {
    for (const pid of frozen.splice(0)) process.kill(pid, "SIGCONT");
  };
  const stop = async (mode: StopMode) => {
    if (!server) return;
    await thaw();
    const exited = once(server, "exit");
    server.kill(mode === "fast" ? "SIGINT" : "SIGQUIT");
    await exited;
  };
  endings.push(async () => {
    await stop("immediate");
    await rm(data, { recursive: true, force: true });
  });

  await start();
  return {
    url,
    port,
    start,
    stop,
    /** Every process of the server stands still where it is, its connections open, until `thaw`. */
    async freeze() {
      onTestFinished(thaw);
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      // The first one is who starts the others.
      if (server?.pid) halt(server.pid);
      const { rows } = await client.query("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()");
      await client.end();
      for (const { pid } of rows) halt(pid);
    },
    thaw,
  };
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Resolves when the server takes connections, launched again if it ends; rejects when it has not for 30 seconds. */
async function answers(url: string, launch: () => void): Promise<void> {
  for (const deadline = Date.now() + 30_000; ; ) {
    launch();
    const client = new pg.Client({ connectionString: url });
    client.on("error", () => {});
    try {
      await client.connect();
      return await client.end();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
