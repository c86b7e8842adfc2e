import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { parentPort, workerData } from "node:worker_threads";
import { PGlite } from "@electric-sql/pglite";
import { extensions } from "./extensions.ts";
import { servePGlite } from "./serve-pglite.ts";

export interface WorkerTask {
  /** Of the database; made when absent. */
  directory: string;
  /** Where the socket goes. */
  sockets: string;
}

/** The thread that the embedded database has for itself: says "ready" when it can be connected to, and ends when it is told to. */
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

/** Makes it aside, so that one whose making was cut off is never taken for a database. */
async function makeDatabase(directory: string): Promise<void> {
  const aside = `${directory}.new`;
  await rm(aside, { recursive: true, force: true });
  await (await PGlite.create(aside)).close();
  await rename(aside, directory);
}

await main(workerData);
