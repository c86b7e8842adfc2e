import { describe, expect, onTestFinished, test } from "vitest";
import { migrate } from "../../src/database/migrate.ts";
import { openDatabase } from "../../src/database/open.ts";
import { onPostgres } from "../support/database.ts";
import { newDirectory, runProcess, startProcess } from "../support/process.ts";
import { succeeds, unavailable } from "./in-process.ts";
import { startClient } from "./start-client.ts";
import { expectNothingLost } from "./traffic.ts";
import { subConversation } from "./writes.ts";

const writer = "test/faults/write-embedded.ts";
const acknowledgement = /^(\S+) (conversation_\S+)$/gm;

function acknowledgedIn(stdout: string): [string, string][] {
  return Array.from(stdout.matchAll(acknowledgement), ([, name = "", id = ""]) => [name, id]);
}

async function expectAllThere(dataDir: string, acknowledged: Map<string, string>): Promise<void> {
  const { pool, close } = await openDatabase({ dataDir, poolSize: 1 });
  await expectNothingLost(pool, acknowledged);
  await close();
}

// Takes a while, and is the same whatever the other tests run on: not in the run on PostgreSQL.
describe.skipIf(onPostgres)("the embedded database", () => {
  test("keeps every acknowledged write through 20 times kill -9", { timeout: 300_000 }, async () => {
    await Promise.all([killRepeatedly(10), killRepeatedly(10)]);
  });

  test.each(["exception", "rejection"])("keeps them when an uncaught %s ends the process", async (end) => {
    const dataDir = await newDirectory();
    const { code, stdout, stderr } = await startProcess(writer, [dataDir, end, end, "10"]).finished;
    expect(code).toBe(1);
    expect(stderr).toContain("nobody catches this");
    const acknowledged = new Map(acknowledgedIn(stdout));
    expect(acknowledged.size).toBeGreaterThanOrEqual(10);
    await expectAllThere(dataDir, acknowledged);
  });
});

describe.skipIf(onPostgres)("a statement that takes too long on the embedded database", { timeout: 120_000 }, () => {
  const heavy = "SELECT count(*) FROM generate_series(1, 1000000000000)";

  test("stops nothing else: health is answered while it runs", async () => {
    const { pool, ...database } = await openMigrated();
    const { url } = await startClient(database);
    let ended = false;
    const statement = pool.query(heavy).catch(() => {
      ended = true;
    });
    for (let i = 0; i < 20; i++) expect(await fetch(new URL("/livez", url))).toMatchObject({ status: 200 });
    expect(ended).toBe(false);
    await statement;
  });

  test("is ended; waiting requests are refused, acknowledged writes are there, and the gateway serves again by itself", async () => {
    const { pool, log, ...database } = await openMigrated();
    const { send, parentId } = await startClient(database);
    const acknowledged = new Map<string, string>();
    const write = async (name: string) => {
      const outcome = await send(subConversation(name, parentId));
      if ("id" in outcome) acknowledged.set(name, outcome.id);
      return outcome;
    };
    for (let round = 1; round <= 2; round++) {
      for (let i = 0; i < 5; i++) expect(await write(`before-${round}-${i}`)).toHaveProperty("id");
      const client = await pool.connect();
      await client.query('BEGIN; DELETE FROM "Conversation"');
      const statement = client.query(heavy);
      const waiting = write(`behind-${round}`);
      await expect(statement).rejects.toThrow("The database has been silent for too long");
      client.release(true);
      expect(await waiting).toEqual(unavailable);
      await succeeds(() => write(`after-${round}`));
      await expectNothingLost(pool, acknowledged);
    }
    expect(log).toHaveLength(2);
  });

  test("and a database thread that ends by itself is started again", async () => {
    const dataDir = await newDirectory();
    const log: Error[] = [];
    const { pool, close } = await openDatabase({ dataDir, poolSize: 1 }, { log: (error) => log.push(error) });
    onTestFinished(close);
    await pool.query("CREATE TABLE kept AS SELECT 1 AS one");
    // PGlite cannot grow to this, and aborts.
    await expect(pool.query("SELECT length(repeat('x', 1000000000) || repeat('y', 1000000000))")).rejects.toThrow();
    await expect
      .poll(
        () =>
          pool.query("TABLE kept").then(
            ({ rows }) => rows,
            () => [],
          ),
        { timeout: 30_000 },
      )
      .toEqual([{ one: 1 }]);
  });

  test("does not keep a process that closes the database while it starts again", async () => {
    const { code, stdout } = await runProcess("test/faults/close-embedded.ts", [await newDirectory()]);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: "The database has been silent for too long\n",
    });
  });

  const openMigrated = async () => {
    const log: Error[] = [];
    const options = { silenceMs: 3_000, log: (error: Error) => log.push(error) };
    const database = await openDatabase({ dataDir: await newDirectory(), poolSize: 1 }, options);
    await migrate(database.pool);
    return { ...database, log };
  };
});

async function killRepeatedly(kills: number): Promise<void> {
  const dataDir = await newDirectory();
  const acknowledged = new Map<string, string>();
  for (let kill = 1; kill <= kills; kill++) {
    const { child, printed, finished } = startProcess(writer, [dataDir, `kill-${kill}`]);
    // Another number of writes each time, so that another step of a write is cut.
    await printed(new RegExp(`(^kill-.*\\n){${kill}}`, "m"));
    child.kill("SIGKILL");
    for (const [name, id] of acknowledgedIn((await finished).stdout)) acknowledged.set(name, id);
  }
  expect(acknowledged.size).toBeGreaterThanOrEqual((kills * (kills + 1)) / 2);
  await expectAllThere(dataDir, acknowledged);
}
