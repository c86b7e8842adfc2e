import { chmod, chown, mkdir, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
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

  test.each(["/dev/null/data", "/proc/x", "/proc/x/y"])(
    "says which variable is wrong when %s cannot be made",
    async (directory) => {
      await expect(startEmbedded(directory)).rejects.toThrow(/^DATA_DIR must be a directory this user may write to: E/);
    },
  );

  test("changes nothing of a directory that it did not make, and keeps its own files from everybody else", async () => {
    const dataDir = await newDirectory();
    await chmod(dataDir, 0o755);
    await writeFile(join(dataDir, "notes"), "");
    await chmod(join(dataDir, "notes"), 0o644);
    const { close } = await startEmbedded(dataDir);
    const modes = async () => {
      const names = (await readdir(dataDir)).sort();
      return Promise.all(names.map(async (name) => [name, (await stat(join(dataDir, name))).mode & 0o777]));
    };
    expect(await modes()).toEqual([
      [".s.PGSQL.5432", 0o700],
      ["database", 0o700],
      ["lock.1", 0o700],
      ["notes", 0o644],
    ]);
    expect((await stat(dataDir)).mode & 0o777).toBe(0o755);
    await close();
  });

  test("refuses a directory that anybody may write to, and leaves it as it is", async () => {
    const dataDir = await newDirectory();
    await chmod(dataDir, 0o1777);
    await expect(startEmbedded(dataDir)).rejects.toThrow("DATA_DIR must not be open to everybody's writes");
    expect((await stat(dataDir)).mode & 0o7777).toBe(0o1777);
    expect(await readdir(dataDir)).toEqual([]);
  });

  test.skipIf(process.geteuid?.() !== 0)("refuses a directory of another user, and leaves it as it is", async () => {
    const dataDir = await newDirectory();
    await chown(dataDir, 65_534, 65_534);
    await expect(startEmbedded(dataDir)).rejects.toThrow("DATA_DIR must belong to the user of this process");
    expect(await readdir(dataDir)).toEqual([]);
    await chown(dataDir, 0, 0);
    await mkdir(join(dataDir, "database"));
    await chown(join(dataDir, "database"), 65_534, 65_534);
    await expect(startEmbedded(dataDir)).rejects.toThrow("DATA_DIR must belong to the user of this process");
    expect(await readdir(join(dataDir, "database"))).toEqual([]);
  });

  test("follows no link to another directory", async () => {
    const [dataDir, other] = [await newDirectory(), await newDirectory()];
    await symlink(other, join(dataDir, "database"));
    await expect(startEmbedded(dataDir)).rejects.toThrow(`${join(dataDir, "database")} must be a directory`);
    expect(await readdir(other)).toEqual([]);
  });

  test.each([
    ["14\n", "was made by PostgreSQL 14, and this is 18."],
    ["", "is damaged: PG_VERSION is wrong."],
    ["eighteen", "is damaged: PG_VERSION is wrong."],
    [undefined, "is damaged: PG_VERSION is wrong."],
  ])("refuses a database whose PG_VERSION is %j", async (version, problem) => {
    const directory = join(await newDirectory(), "database");
    await mkdir(directory);
    if (version !== undefined) await writeFile(join(directory, "PG_VERSION"), version);
    await expect(startEmbedded(join(directory, ".."))).rejects.toThrow(`The database in ${directory} ${problem}`);
  });

  test("is made anew when its making was cut off, and says what is wrong with files that are no database", async () => {
    const dataDir = await newDirectory();
    await mkdir(join(dataDir, "database.new"));
    await writeFile(join(dataDir, "database.new", "PG_VERSION"), "18\n");
    const { close } = await startEmbedded(dataDir);
    await close();
    expect((await readdir(dataDir)).sort()).toEqual(["database", "lock.1"]);
    await rm(join(dataDir, "database", "global"), { recursive: true });
    await expect(startEmbedded(dataDir)).rejects.toThrow(/^The database in \S+ cannot be started: /);
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
