import { chmod, mkdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { ConfigError } from "../../config.ts";
import type { FairPoolConfig } from "../fair-pool.ts";
import { lockDirectory } from "./directory-lock.ts";
import { extensions } from "./extensions.ts";
import { openSocketDirectory } from "./socket-directory.ts";

export interface Embedded {
  /** How pg reaches it. One connection at a time. */
  connection: FairPoolConfig;
  close(): Promise<void>;
}

/** Starts the database inside the data directory, making it when absent; throws ConfigError when another process has it. */
export async function startEmbedded(dataDir: string): Promise<Embedded> {
  const directory = resolve(dataDir);
  await makePrivate(directory);
  const sockets = await openSocketDirectory(directory);
  const closers = [sockets.close];
  try {
    const lock = await lockDirectory(sockets.path);
    if ("heldBy" in lock) throw inUse(directory, lock.heldBy);
    closers.unshift(lock.release);
    const database = await PGlite.create(join(directory, "database"), { extensions });
    closers.unshift(() => database.close());
    const { connection, close } = await servePGlite(database, sockets.path);
    closers.unshift(close);
    return { connection, close: () => inOrder(closers) };
  } catch (error) {
    await inOrder(closers);
    throw error;
  }
}

/** Serves a PGlite on a Unix socket in `directory`. */
export async function servePGlite(database: PGlite, directory: string): Promise<Embedded> {
  const path = join(directory, ".s.PGSQL.5432");
  await rm(path, { force: true });
  // The pool uses one connection; the second place lets it reconnect while the first is still closing.
  const server = new PGLiteSocketServer({ db: database, path, maxConnections: 2 });
  await server.start();
  return {
    connection: {
      host: directory,
      port: 5432,
      user: "postgres",
      database: "postgres",
      max: 1,
      single: true,
      idleTimeoutMillis: 0,
    },
    close: () => server.stop(),
  };
}

async function makePrivate(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await chmod(directory, 0o700);
  } catch (error) {
    throw new ConfigError(`DATA_DIR must be a directory this user may write to: ${(error as Error).message}.`);
  }
}

function inUse(directory: string, holder: string): ConfigError {
  const who = holder === "" ? "another process" : `process ${holder}`;
  return new ConfigError(
    `The data directory ${directory} is in use by ${who}. ` +
      "Stop that gateway first, or give this one a directory of its own with DATA_DIR.",
  );
}

async function inOrder(closers: (() => Promise<void>)[]): Promise<void> {
  for (const close of closers.splice(0)) await close();
}
