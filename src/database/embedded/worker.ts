import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { parentPort, workerData } from "node:worker_threads";
import { PGlite } from "@electric-sql/pglite";
import { extensions } from "./extensions.ts";
import { servePGlite } from "./serve-pglite.ts";

export interface WorkerTask {
  /** The directory of the database, which is made if it is absent. */
  directory: string;
  /** The directory of the socket. */
  sockets: string;
}

/** The thread of the embedded database. It says "ready" when it accepts connections, and ends when it is told to. */
async function main({ directory, sockets }: WorkerTask): Promise<void> {
  if (!existsSync(directory)) await makeDatabase(directory);
  const database = await PGlite.create(directory, { extensions });
  const server = await servePGlite(database, sockets);
  parentPort?.once("message", async () => {
    await server.close();
    await database.close();
  });
  parentPort?.postMessage("ready");
}

/** Makes the database in another directory and renames it, so that an unfinished one is never taken for a database. */
async function makeDatabase(directory: string): Promise<void> {
  const aside = `${directory}.new`;
  await rm(aside, { recursive: true, force: true });
  await (await PGlite.create(aside)).close();
  await rename(aside, directory);
}

await main(workerData);
