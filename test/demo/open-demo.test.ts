import { lstat, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { observeStatements } from "../../src/database/observe-statements.ts";
import { openDemo } from "../../src/demo/open-demo.ts";
import { openTestDatabase } from "../support/database.ts";
import { fakeTimeouts } from "../support/fake-timeouts.ts";
import { newDirectory } from "../support/process.ts";

test("the demo key replaces a link of its name, and leaves what the link leads to as it is", async () => {
  const { db, close } = await openTestDatabase();
  const [dataDir, other] = [await newDirectory(), join(await newDirectory(), "precious")];
  await writeFile(other, "precious");
  await symlink(other, join(dataDir, "demo-key"));
  const key = await openDemo(db, dataDir);
  expect(await readFile(other, "utf8")).toBe("precious");
  const file = await lstat(join(dataDir, "demo-key"));
  expect([file.isFile(), file.mode & 0o777]).toEqual([true, 0o600]);
  expect(await openDemo(db, dataDir)).toBe(key);
  expect(await readdir(dataDir)).toEqual(["demo-key"]);
  // A key that works is not read through a link either.
  const elsewhere = await newDirectory();
  await symlink(join(dataDir, "demo-key"), join(elsewhere, "demo-key"));
  expect(await openDemo(db, elsewhere)).not.toBe(key);
  expect(await readFile(join(dataDir, "demo-key"), "utf8")).toBe(`${key}\n`);
  await close();
});

test("the demo workspace is made on a slow machine too, where each of its statements takes a second", async () => {
  const { db, pool, close } = await openTestDatabase();
  onTestFinished(close);
  fakeTimeouts();
  let statements = 0;
  observeStatements(pool, () => {
    statements++;
    vi.advanceTimersByTime(1_000);
    return () => {};
  });
  await openDemo(db, await newDirectory());
  expect(statements).toBeGreaterThan(15);
  expect(await db.message.count()).toBeGreaterThan(0);
});
