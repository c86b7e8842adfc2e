import { describe, expect, onTestFinished, test } from "vitest";
import { copyDatabase } from "../../src/database/copy-database.ts";
import { connect } from "../../src/database/open.ts";
import { openDemo } from "../../src/demo/open-demo.ts";
import { onPostgres, openTestDatabase } from "../support/database.ts";
import { newDatabase } from "../support/new-database.ts";
import { newDirectory, runProcess } from "../support/process.ts";

type Pool = Awaited<ReturnType<typeof openTestDatabase>>["pool"];

async function openDatabase() {
  const database = await openTestDatabase();
  onTestFinished(database.close);
  return database;
}

/** Every row of every table, and what the tables guarantee. */
async function contentsOf(pool: Pool) {
  const { rows: tables } = await pool.query<{ name: string }>(
    `SELECT quote_ident(relname) AS name FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> '_prisma_migrations' ORDER BY relname`,
  );
  const contents: Record<string, unknown[]> = {};
  for (const { name } of tables) {
    const { rows } = await pool.query(`SELECT to_jsonb(t)::text AS row FROM ${name} AS t ORDER BY 1`);
    contents[name] = rows.map(({ row }) => row);
  }
  const { rows: guards } = await pool.query(
    `SELECT conname, condeferrable, condeferred FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace
     UNION ALL SELECT tgname, tgenabled = 'O', tgisinternal FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1`,
  );
  return { contents, guards };
}

/** A parent that is newer than its child, and what is hard to write down. */
async function addHardRows(pool: Pool): Promise<void> {
  await pool.query(
    `WITH top AS (
       INSERT INTO "Conversation" ("workspaceId", type, name, metadata, "createdAt")
       SELECT id, 'GROUP', $1, $2, '2026-01-01 00:00:00.123+00' FROM "Workspace" LIMIT 1 RETURNING id, "workspaceId"
     ) UPDATE "Conversation" c SET "parentId" = top.id FROM top
       WHERE c."workspaceId" = top."workspaceId" AND c.id = (SELECT id FROM "Conversation" WHERE "parentId" IS NULL ORDER BY id LIMIT 1)`,
    ['N"a\\me\n\t€ 👨‍👩‍👧', { "k\\ey": [null, 1e-7, '"\\', "\u2028", { deep: {} }] }],
  );
}

describe("copying a database", () => {
  test("gives every row as it is, with its times, counters and guards, so that nothing has to be recounted", async () => {
    const [from, to] = [await openDatabase(), await openDatabase()];
    await openDemo(from.db, await newDirectory());
    await addHardRows(from.pool);
    const before = await contentsOf(from.pool);
    const counts = await copyDatabase(from.pool, to.pool);
    const after = await contentsOf(to.pool);
    expect(after).toEqual(before);
    expect(counts).toEqual(
      Object.fromEntries(Object.entries(before.contents).map(([name, rows]) => [name, rows.length])),
    );
    expect(counts['"Message"']).toBeGreaterThan(10);
    const recount = `SELECT r.* FROM "Workspace" w, conversation_recount(w.id) AS r`;
    expect((await to.pool.query(recount)).rows).toEqual([]);
    expect(await contentsOf(from.pool)).toEqual(before);
  });

  test("is refused when the database to copy to has a workspace, and when a row has no place in it copies nothing", async () => {
    const [from, to] = [await openDatabase(), await openDatabase()];
    await openDemo(from.db, await newDirectory());
    const before = await contentsOf(to.pool);
    await to.pool.query(`ALTER TABLE "Message" ADD CONSTRAINT none CHECK (false)`);
    await expect(copyDatabase(from.pool, to.pool)).rejects.toThrow('violates check constraint "none"');
    expect(await contentsOf(to.pool)).toEqual(before);
    await to.pool.query(`ALTER TABLE "Message" DROP CONSTRAINT none`);
    await copyDatabase(from.pool, to.pool);
    await expect(copyDatabase(from.pool, to.pool)).rejects.toThrow("must be empty; it has a workspace already");
  });
});

describe.runIf(onPostgres)("npm run db:copy", () => {
  test("moves from the embedded database to an empty PostgreSQL, where its keys go on working", {
    timeout: 180_000,
  }, async () => {
    const url = await newDatabase();
    const env = { DATA_DIR: await newDirectory() };
    const arguments_ = ["create", "--workspace", "acme", "--integration", "website", "--json"];
    const made = JSON.parse((await runProcess("src/keys/cli.ts", arguments_, env)).stdout);
    const copied = await runProcess("src/commands/copy.ts", [], { ...env, DATABASE_URL: url });
    expect(copied).toMatchObject({ code: 0, stderr: "" });
    expect(copied.stdout).toMatch(/^ +1 {2}"ApiKey"$/m);
    expect(copied.stdout).toMatch(/^Copied from the embedded one in \S+, .* to PostgreSQL at 127\.0\.0\.1:\d+, /m);
    const { db, close } = connect({ connectionString: url, max: 1 });
    expect(await db.apiKey.findMany({ select: { id: true } })).toEqual([{ id: made.id }]);
    await close();
  });
});
