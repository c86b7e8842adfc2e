import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lockDirectory } from "../../src/database/embedded/directory-lock.ts";
import { startEmbedded } from "../../src/database/embedded/start-embedded.ts";
import { openDatabase } from "../../src/database/open.ts";
import { newDirectory, startProcess } from "../support/process.ts";

describe("the embedded database", () => {
  test("belongs to one process, and is free with every committed row after that process was killed", async () => {
    const dataDir = await newDirectory();
    const { child, printed, finished } = startProcess("test/support/hold-database.ts", [dataDir]);
    await printed(/committed/);

    await expect(startEmbedded(dataDir)).rejects.toThrow(
      `The data directory ${dataDir} is in use by process ${child.pid}. Stop that gateway first, or give this one ` +
        "a directory of its own with DATA_DIR.",
    );

    child.kill("SIGKILL");
    await finished;
    const { db, close } = await openDatabase({ dataDir, poolSize: 1 });
    expect(await db.workspace.findMany({ select: { slug: true } })).toEqual([{ slug: "committed" }]);
    await close();
  });

  test("works in a directory whose path is longer than Unix sockets allow, and can be opened again", async () => {
    const dataDir = join(await newDirectory(), "long".repeat(40), "data");
    for (let start = 1; start <= 2; start++) {
      const { pool, close } = await openDatabase({ dataDir, poolSize: 1 });
      expect((await pool.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
      await expect(startEmbedded(dataDir)).rejects.toThrow(/is in use by process/);
      await close();
    }
  });

  test("keeps others out of its directory, answers in UTC, and outlives a lost connection in a transaction", async () => {
    const dataDir = join(await newDirectory(), "data");
    const { pool, db, close } = await openDatabase({ dataDir, poolSize: 1 });
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
    expect((await pool.query("SHOW TIME ZONE")).rows).toEqual([{ TimeZone: "UTC" }]);
    for (let attempt = 1; attempt <= 20; attempt++) {
      await db.$queryRaw`SELECT 1`;
      const client = await pool.connect();
      await client.query("BEGIN");
      await client.query("CREATE TABLE lost ()");
      client.release(true);
    }
    expect((await pool.query("SELECT to_regclass('lost') AS lost")).rows).toEqual([{ lost: null }]);
    await close();
  });

  test("says which variable is wrong when the directory cannot be made", async () => {
    await expect(startEmbedded("/dev/null/data")).rejects.toThrow(/^DATA_DIR must be a directory/);
  });
});

describe("the lock of a directory", () => {
  test("goes to exactly one of several processes that find a dead one at the same moment", async () => {
    const directory = await newDirectory();
    await leaveDeadLock(directory);
    const moment = String(Date.now() + 3_000);
    const starters = Array.from({ length: 5 }, () => startProcess("test/support/hold-lock.ts", [directory, moment]));
    const answers = await Promise.all(starters.map(async ({ printed }) => await printed(/(held|refused) by (\d+);/)));
    const holders = answers.filter(([, answer]) => answer === "held").map(([, , pid]) => pid);
    expect(holders).toHaveLength(1);
    expect(answers.map(([, , pid]) => pid)).toEqual(answers.map(() => holders[0]));
  });

  test("is refused within a process too, and free after its release", async () => {
    const directory = await newDirectory();
    const first = await lockDirectory(directory);
    expect(await lockDirectory(directory)).toEqual({ heldBy: String(process.pid) });
    if ("release" in first) await first.release();
    const second = await lockDirectory(directory);
    expect(second).toHaveProperty("release");
    expect(await readdir(directory)).toEqual(["lock.2"]);
    if ("release" in second) await second.release();
  });
});

async function leaveDeadLock(directory: string): Promise<void> {
  const { child, printed, finished } = startProcess("test/support/hold-lock.ts", [directory, "0"]);
  await printed(/held by/);
  child.kill("SIGKILL");
  await finished;
}
