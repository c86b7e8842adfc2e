import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { connect } from "../../src/database/open.ts";
import { onPostgres } from "../support/database.ts";
import { newDatabase } from "../support/new-database.ts";
import { newDirectory, runProcess, startProcess } from "../support/process.ts";

describe("npm run keys", () => {
  const keys = (args: string[], env: Record<string, string>) => runProcess("src/keys/cli.ts", args, env);

  test("creates, lists and revokes on the embedded directory, for people and for scripts", async () => {
    const env = { DATA_DIR: await newDirectory() };
    const names = ["--workspace", "acme", "--integration", "website"];
    const made = await keys(["create", ...names, "--permission", "delete", "--expires", "90m", "--json"], env);
    expect(made).toMatchObject({ code: 0, stderr: "" });
    const { key, ...info } = JSON.parse(made.stdout);
    expect(info).toMatchObject({ permissions: ["connect360:conversation:delete"], state: "active" });
    expect(Date.parse(info.expiresAt) - Date.parse(info.createdAt)).toBeCloseTo(90 * 60_000, -5);

    const shown = await keys(["create", ...names], env);
    expect(shown.stdout).toMatch(/^ {2}parley_[\w-]{43}$/m);
    const listed = await keys(["list", "--workspace", "acme", "--json"], env);
    const [latest, first] = JSON.parse(listed.stdout);
    expect(first).toEqual(info);
    expect(latest.permissions).toEqual(["connect360:conversation:read", "connect360:conversation:engage"]);
    expect(listed.stdout).not.toContain(key);

    expect((await keys(["revoke", info.prefix], env)).stdout).toMatch(/^Revoked: parley_.*revoked/);
    expect(await keys(["revoke", "unknown"], env)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("No such key."),
    });
  });

  test("changes nothing when it only reads: without a database, list and revoke say so", async () => {
    const dataDir = join(await newDirectory(), "fresh");
    for (const args of [["list"], ["list", "--json"], ["revoke", "parley_12345678"]])
      expect(await keys(args, { DATA_DIR: dataDir })).toEqual({
        ...{ code: 1, stdout: "" },
        stderr: `There is no database in ${dataDir} yet.\n`,
      });
    expect(existsSync(dataDir)).toBe(false);
  });

  test.runIf(onPostgres)(
    "changes nothing when it only reads: on an empty PostgreSQL it names what is missing",
    async () => {
      const url = await newDatabase();
      for (const args of [["list"], ["revoke", "parley_12345678"]]) {
        const { code, stderr } = await keys(args, { DATABASE_URL: url });
        expect(code).toBe(1);
        expect(stderr).toMatch(/^The database lacks the migrations of this version, .*: \d+_init, .*\.\n$/);
      }
      const { pool, close } = connect({ connectionString: url, max: 1 });
      expect(
        (await pool.query("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace")).rows,
      ).toEqual([]);
      await close();
    },
  );

  test("is refused while the gateway has the directory", async () => {
    const dataDir = await newDirectory();
    const { printed } = startProcess("test/support/hold-database.ts", [dataDir]);
    await printed(/committed/);
    const { code, stderr } = await keys(["list"], { DATA_DIR: dataDir });
    expect(code).toBe(1);
    expect(stderr).toMatch(/is in use by process \d+\. Stop that gateway first/);
  });

  test.runIf(onPostgres)("works on DATABASE_URL", async () => {
    const env = { DATABASE_URL: await newDatabase() };
    const made = await keys(["create", "--workspace", "acme", "--integration", "website", "--json"], env);
    expect(JSON.parse((await keys(["list", "--json"], env)).stdout)).toEqual([
      expect.objectContaining({ id: JSON.parse(made.stdout).id, state: "active" }),
    ]);
  });

  test("shows its usage and exits with 2 on wrong arguments, before it opens a database", async () => {
    const { code, stdout, stderr } = await keys(["mint"], { DATA_DIR: "/dev/null/nowhere" });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^There is no command mint\.\n\nUsage:/);
  });

  test("explains itself with --help", async () => {
    const { code, stdout } = await keys(["--help"], { DATA_DIR: "/dev/null/nowhere" });
    expect(code).toBe(0);
    expect(stdout).toMatch(/create --workspace <slug>.*--permission.*fullAccess/s);
  });
});
