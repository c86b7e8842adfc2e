import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrate } from "../../src/database/migrate.ts";
import { type OpenDatabase, openDatabase } from "../../src/database/open.ts";
import { createDatabase, dropDatabase } from "../../test/support/postgres.ts";

export interface Gateway {
  url: URL;
  /** The memory of its process, in MiB. */
  memory(): Promise<number>;
  stop(): Promise<void>;
}

/** The database of a gateway: on the server at `server`, or embedded in a directory. */
export interface Place {
  env: Record<string, string>;
  remove(): Promise<void>;
}

export async function newPlace(server: string | undefined): Promise<Place> {
  if (!server) {
    const directory = await mkdtemp(join(tmpdir(), "parley-overload-"));
    return { env: { DATA_DIR: directory }, remove: () => rm(directory, { recursive: true, force: true }) };
  }
  const { name, url } = await createDatabase(server, "overload");
  return { env: { DATABASE_URL: url }, remove: () => dropDatabase(server, name) };
}

/** Does the work on the migrated database while no gateway has it. */
export async function onDatabase<T>({ env }: Place, work: (database: OpenDatabase) => Promise<T>): Promise<T> {
  const database = await openDatabase({ databaseUrl: env.DATABASE_URL, dataDir: env.DATA_DIR ?? "", poolSize: 1 });
  try {
    await migrate(database.pool);
    return await work(database);
  } finally {
    await database.close();
  }
}

/**
 * Starts a gateway in a process of its own, with its defaults, except for `/metrics`, the port, and GraphiQL, whose files are attacked
 * too.
 */
export async function startGateway({ env }: Place, more: Record<string, string> = {}): Promise<Gateway> {
  const { DATABASE_URL: _, ...inherited } = process.env;
  const defaults = { PORT: "0", METRICS: "on", GRAPHIQL: "on", LOG_LEVEL: "silent", SHUTDOWN_DELAY_SECONDS: "0" };
  const child = spawn(process.execPath, ["--import", "tsx", "src/main.ts"], {
    env: { ...inherited, ...defaults, ...env, ...more },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const url = new URL(await addressOf(child.stdout));
  return {
    url,
    async memory() {
      const metrics = await (await fetch(new URL("/metrics", url))).text();
      return Math.round(Number(/^process_resident_memory_bytes (\S+)/m.exec(metrics)?.[1]) / 2 ** 20);
    },
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

function addressOf(stdout: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = "";
    stdout.on("data", (chunk) => {
      printed += chunk;
      const url = /answers at (\S+)/.exec(printed)?.[1];
      if (url) resolve(url);
    });
    stdout.on("end", () => reject(new Error(`The gateway did not start:\n${printed}`)));
  });
}
