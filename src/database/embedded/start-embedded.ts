import { resolve } from "node:path";
import { ConfigError } from "../../config.ts";
import type { FairPoolConfig } from "../fair-pool.ts";
import { openDataDirectory } from "./data-directory.ts";
import { type DatabaseThread, startDatabaseThread } from "./database-thread.ts";
import { lockDirectory } from "./directory-lock.ts";
import { openSocketDirectory, socketConnection } from "./socket-directory.ts";

interface Embedded extends DatabaseThread {
  /** The options with which pg reaches it, by one connection at a time. */
  connection: FairPoolConfig;
}

interface EmbeddedOptions {
  /** Whether the directory and the database are made when they are absent: yes if absent. */
  make?: boolean;
  /** Gets an error each time the database had to be started again. */
  log?: (error: Error) => void;
}

/** Starts the database inside the data directory. Throws ConfigError if it cannot be used, or if another process uses it. */
export async function startEmbedded(
  dataDir: string,
  { make = true, log = console.error }: EmbeddedOptions = {},
): Promise<Embedded> {
  const dataDirectory = resolve(dataDir);
  // The socket asks for no password, and the umask of the process decides who may read PGlite's files.
  process.umask(0o077);
  const directory = await openDataDirectory(dataDirectory, make);
  const sockets = await openSocketDirectory(dataDirectory);
  const closers = [sockets.close];
  try {
    const lock = await lockDirectory(sockets.path);
    if ("heldBy" in lock) throw inUse(dataDirectory, lock.heldBy);
    closers.unshift(lock.release);
    const { restart, close } = await startDatabaseThread({ directory, sockets: sockets.path }, log);
    closers.unshift(close);
    return { connection: socketConnection(sockets.path), restart, close: () => inOrder(closers) };
  } catch (error) {
    await inOrder(closers);
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`The database in ${directory} cannot be started: ${(error as Error).message}`, {
      cause: error,
    });
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
