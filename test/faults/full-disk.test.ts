import { spawn } from "node:child_process";
import { once } from "node:events";
import { type FileHandle, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type pg from "pg";
import { describe, expect, onTestFinished, test } from "vitest";
import { openDatabase } from "../../src/database/open.ts";
import { connectAside } from "./in-process.ts";
import { programs, startPostgres } from "./own-postgres.ts";
import { startClient } from "./start-client.ts";
import { expectNothingLost, startTraffic } from "./traffic.ts";

const rounds = 3;
const clients = 8;
const keepMounted = `mount -t tmpfs -o size=112m,mode=755 tmpfs "$0" && echo mounted && cat; umount --lazy "$0"; rmdir "$0"`;
const smallLog = ["min_wal_size=32MB", "max_wal_size=32MB"];

/** Too much for the disk. */
const wants: Record<string, (client: pg.Client) => Promise<void>> = {
  tables: async () => {},
  "the write-ahead log": exhaustLog,
};

describe.skipIf(!programs)("under load (needs the programs of a PostgreSQL server)", () => {
  test.for(Object.entries(wants))(
    "a disk without room for %s loses no acknowledged write and halves none",
    { timeout: 180_000 },
    async ([name, exhaust], { skip }) => {
      const directory = await mountDisk();
      if (!directory) return skip("A disk that can be filled may not be mounted here.");
      const postgres = await startPostgres(directory, smallLog);
      onTestFinished(() => postgres.stop("immediate"));
      const database = await openDatabase({ databaseUrl: postgres.url, dataDir: "", poolSize: 5 });
      const { send, parentId } = await startClient(database);
      const traffic = startTraffic(send, clients, parentId, name.replaceAll(" ", "-"));
      for (let round = 1; round <= rounds; round++) {
        await traffic.progress(40);
        const aside = await connectAside(postgres.url);
        const refusals = traffic.refused();
        const empty = await fill(directory);
        await exhaust(aside);
        await expect.poll(traffic.refused, { timeout: 60_000, interval: 10 }).toBeGreaterThan(refusals + 2 * clients);
        await empty();
        await postgres.start();
      }
      await traffic.progress(40);
      await traffic.stop();
      expect(traffic.wrong).toEqual([]);
      await expectNothingLost(await connectAside(postgres.url), traffic.acknowledged);
    },
  );
});

/** A directory on a small disk of its own, until the end of the test; undefined where none may be mounted. */
async function mountDisk(): Promise<string | undefined> {
  const directory = await mkdtemp(join(tmpdir(), "parley-disk-"));
  // However this process ends, the pipe to the other ends with it.
  const keeper = spawn("sh", ["-c", keepMounted, directory], { detached: true, stdio: ["pipe", "pipe", "ignore"] });
  const exited = once(keeper, "exit");
  onTestFinished(async () => {
    keeper.stdin.end();
    await exited;
  });
  const mounted = await Promise.race([once(keeper.stdout, "data"), exited.then(() => undefined)]);
  return mounted && directory;
}

/** Writes until nothing more fits; what it returns takes that away. */
async function fill(directory: string): Promise<() => Promise<void>> {
  const path = join(directory, "ballast");
  const file = await open(path, "w");
  for (const size of [1_048_576, 4_096]) await writeUntilFull(file, Buffer.alloc(size));
  await file.close();
  return () => rm(path);
}

async function writeUntilFull(file: FileHandle, bytes: Buffer): Promise<void> {
  try {
    for (;;) await file.write(bytes);
  } catch (error) {
    expect(error).toHaveProperty("code", "ENOSPC");
  }
}

/** Uses up the segments of the log that there are: the server ends when it cannot make the next one. */
async function exhaustLog(client: pg.Client): Promise<void> {
  for (let refused: unknown; refused === undefined || (refused as pg.DatabaseError).severity === "ERROR"; ) {
    refused = await client.query("SELECT pg_logical_emit_message(false, '', ''), pg_switch_wal()").then(
      () => undefined,
      (error) => error,
    );
  }
}
