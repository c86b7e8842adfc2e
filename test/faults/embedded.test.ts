import { describe, expect, test } from "vitest";
import { openDatabase } from "../../src/database/open.ts";
import { onPostgres } from "../support/database.ts";
import { newDirectory, startProcess } from "../support/process.ts";
import { expectNothingLost } from "./traffic.ts";

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
