import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { socketName } from "./socket-directory.ts";

/** Serves a PGlite on a Unix socket in `directory`, as a PostgreSQL server does, until `close`. */
export async function servePGlite(database: PGlite, directory: string): Promise<{ close(): Promise<void> }> {
  const path = join(directory, socketName);
  await rm(path, { force: true });
  // The pool uses one connection. The second one lets it connect again while the first is still closing.
  const server = new PGLiteSocketServer({ db: database, path, maxConnections: 2 });
  await server.start();
  return { close: () => server.stop() };
}
