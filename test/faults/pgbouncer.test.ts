import { spawn, spawnSync } from "node:child_process";
import { chown, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { describe, expect, onTestFinished, test } from "vitest";
import { openDatabase } from "../../src/database/open.ts";
import { newDirectory } from "../support/process.ts";
import { freePort, programs, startServer } from "./own-postgres.ts";

const installed = spawnSync("pgbouncer", ["--version"]).status === 0;

describe.skipIf(!programs || !installed)("behind PgBouncer (needs it, and the programs of a PostgreSQL server)", () => {
  /** The URL of a PgBouncer before a PostgreSQL. */
  async function startPooler(mode: "transaction" | "session", settings: string) {
    const server = await startServer();
    const port = await freePort();
    const directory = await newDirectory();
    const file = join(directory, "pgbouncer.ini");
    await writeFile(
      file,
      `[databases]\npostgres = host=127.0.0.1 port=${server.port} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = ${port}
unix_socket_dir =\nauth_type = any\npool_mode = ${mode}\n${settings}\n`,
    );
    const { uid, gid } = programs?.user ?? {};
    // It refuses to run as root.
    if (uid !== undefined && gid !== undefined) for (const path of [directory, file]) await chown(path, uid, gid);
    const child = spawn("pgbouncer", ["--quiet", file], { uid, gid, stdio: "ignore" });
    onTestFinished(() => void child.kill("SIGKILL"));
    const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
    const ask = async () => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.end();
    };
    await expect.poll(() => ask().then(() => "answers", String), { timeout: 20_000 }).toBe("answers");
    return url;
  }

  const ignored = "ignore_startup_parameters = statement_timeout,lock_timeout,idle_in_transaction_session_timeout";

  test.each([
    ["transaction", ""],
    ["transaction", ignored],
    ["session", ignored],
  ] as const)("in %s mode with “%s”, the start is refused and says why", async (mode, settings) => {
    const databaseUrl = await startPooler(mode, settings);
    await expect(openDatabase({ databaseUrl, dataDir: "", poolSize: 2 })).rejects.toMatchObject({
      name: "ConfigError",
      message: expect.stringMatching(/^DATABASE_URL .* pooler such as PgBouncer/),
    });
  });
});
