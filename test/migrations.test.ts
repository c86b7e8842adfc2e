import { appendFile, cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { diffMigrations } from "../prisma/schema-diff.ts";
import { migrate, migrationsDirectory, readMigrations, requireMigrations } from "../src/database/migrate.ts";
import { connect } from "../src/database/open.ts";
import { createReadinessCheck } from "../src/database/readiness.ts";
import { onPostgres, openTestDatabase } from "./support/database.ts";
import { newDatabase } from "./support/new-database.ts";
import { newDirectory } from "./support/process.ts";

const schemaFile = join(migrationsDirectory(), "..", "schema.prisma");

const recount = `SELECT r.* FROM "Workspace" w CROSS JOIN LATERAL conversation_recount(w.id) AS r`;

/** A migrated database, and a copy of the migrations to spoil. */
async function newCopies() {
  const { pool, db, close } = await openTestDatabase();
  onTestFinished(close);
  const directory = await newDirectory();
  await cp(migrationsDirectory(), directory, { recursive: true });
  const add = async (name: string, sql: string) => {
    await mkdir(join(directory, name));
    await writeFile(join(directory, name, "migration.sql"), sql);
  };
  const exists = async (table: string) => {
    const { rows } = await pool.query("SELECT to_regclass($1) IS NOT NULL AS exists", [table]);
    return rows[0].exists as boolean;
  };
  return { pool, db, directory, add, exists, migrations: await readMigrations(directory) };
}

describe("the migrations", () => {
  test("make exactly what schema.prisma declares", async () => {
    expect(await diffMigrations(migrationsDirectory(), schemaFile)).toBe("");
  });

  test("leave tables that can be spread by workspace: no key or foreign key, and no trigger, that shards refuse", async () => {
    const { pool } = await newCopies();
    const { rows: keys } = await pool.query(
      `SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype = 'f' AND (confupdtype <> 'a' OR confdeltype = 'n')`,
    );
    // What is whole on every node may be unique by itself.
    const { rows: indexes } = await pool.query(
      `SELECT indexrelid::regclass::text AS name FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
       JOIN pg_attribute ON attrelid = indrelid AND attname = 'workspaceId'
       WHERE relnamespace = 'public'::regnamespace AND indisunique AND attnum <> ALL (indkey::int2[])
         AND relname NOT IN ('Member', 'Integration', 'ApiKey')`,
    );
    const { rows: triggers } = await pool.query(
      "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND (tgnewtable IS NOT NULL OR tgoldtable IS NOT NULL)",
    );
    expect({ keys, indexes, triggers }).toEqual({ keys: [], indexes: [], triggers: [] });
  });

  test("make indexes and checks that need no search_path: autovacuum and a restore have none", async () => {
    const { pool } = await newCopies();
    const metadata = `jsonb_build_object('list', to_jsonb(array_fill(1, ARRAY[5500])))`;
    await pool.query(
      `INSERT INTO "Workspace" (slug, name) VALUES ('bare', 'Bare');
       INSERT INTO "Customer" ("workspaceId", "externalId", name, "searchName", metadata) SELECT id, 'jane', 'Jane', 'jane', ${metadata} FROM "Workspace";
       INSERT INTO "Member" ("workspaceId", name, "searchName") SELECT id, 'Sam', 'sam' FROM "Workspace";
       INSERT INTO "Channel" ("workspaceId", kind, identifier) SELECT id, 'WEBSITE', 'example.com' FROM "Workspace";
       INSERT INTO "Conversation" ("workspaceId", type, name, "searchName", "customerId", metadata)
         SELECT "workspaceId", 'DIRECT', 'Order', 'order', id, ${metadata} FROM "Customer";
       INSERT INTO "Message" ("workspaceId", "conversationId", text, metadata) SELECT "workspaceId", id, 'x', ${metadata} FROM "Conversation"`,
    );
    const { rows } = await pool.query(
      "SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> '_parley_migrations'",
    );
    expect(rows.length).toBeGreaterThan(10);
    const client = await pool.connect();
    onTestFinished(() => client.release(true));
    await client.query("SET search_path = ''; SET session_replication_role = replica");
    for (const { name } of rows) {
      await client.query(`REINDEX TABLE public.${name}`);
      await client.query(`ANALYZE public.${name}`);
    }
    // Every check is made again; the triggers are off, as in a restore.
    for (const name of ["Customer", "Member", "Channel", "Conversation", "Message"])
      await client.query(`UPDATE public."${name}" SET "workspaceId" = "workspaceId"`);
  });

  test("would be caught lagging behind schema.prisma", async () => {
    const changed = join(await newDirectory(), "schema.prisma");
    const schema = await readFile(schemaFile, "utf8");
    await writeFile(changed, schema.replace("model Member {", "model Member {\n  nickname String?"));
    expect(await diffMigrations(migrationsDirectory(), changed)).toContain('ADD COLUMN     "nickname" TEXT');
  });

  test("apply once each, in order, also when they are added later", async () => {
    const { pool, directory, add, exists } = await newCopies();
    expect(await migrate(pool, directory)).toEqual([]);
    await add("29990102000000_second", 'ALTER TABLE "Extra" ADD COLUMN more INT;');
    await add("29990101000000_first", 'CREATE TABLE "Extra" ();');
    expect(await migrate(pool, directory)).toEqual(["29990101000000_first", "29990102000000_second"]);
    expect(await migrate(pool, directory)).toEqual([]);
    expect(await exists('"Extra"')).toBe(true);
  });

  test("are recorded as Prisma records them", async () => {
    const { pool, migrations } = await newCopies();
    const { rows } = await pool.query(
      `SELECT migration_name, checksum, applied_steps_count, logs, rolled_back_at, finished_at >= started_at AS finished
       FROM _prisma_migrations ORDER BY migration_name`,
    );
    const expected = migrations.map(({ name, checksum }) => ({
      migration_name: name,
      checksum,
      applied_steps_count: 1,
      logs: null,
      rolled_back_at: null,
      finished: true,
    }));
    expect(rows).toEqual(expected);
  });

  test("leave nothing behind when one fails, and can be repeated once it is repaired", async () => {
    const { pool, directory, add, exists } = await newCopies();
    const name = "29990101000000_broken";
    await add(name, 'CREATE TABLE "Extra" (); SELECT 1 / 0;');
    await expect(migrate(pool, directory)).rejects.toThrow(
      `Migration ${name} failed and left nothing behind: division by zero`,
    );
    expect(await exists('"Extra"')).toBe(false);
    await writeFile(join(directory, name, "migration.sql"), 'CREATE TABLE "Extra" ();');
    expect(await migrate(pool, directory)).toEqual([name]);
  });

  test("are refused when one was edited after it had been applied", async () => {
    const { pool, directory, migrations } = await newCopies();
    const name = migrations[0]?.name ?? "";
    await appendFile(join(directory, name, "migration.sql"), "-- later");
    await expect(migrate(pool, directory)).rejects.toThrow(`${name} was edited after it had been applied.`);
  });

  test("of a newer version are tolerated with a warning, so that an older one can run beside it and be returned to", async () => {
    const { pool, directory, add } = await newCopies();
    const name = "29990101000000_newer";
    await add(name, 'CREATE TABLE "Extra" ();');
    await migrate(pool, directory);
    const warnings: string[] = [];
    expect(await migrate(pool, migrationsDirectory(), (message) => warnings.push(message))).toEqual([]);
    expect(warnings).toEqual([`The database is newer than this version: it has ${name}.`]);
    await requireMigrations(pool);
  });

  test("of a newer version are refused when their name ends in _breaking", async () => {
    const { pool, db, directory, add } = await newCopies();
    const name = "29990101000000_drop_names_breaking";
    await add(name, 'CREATE TABLE "Extra" ();');
    await migrate(pool, directory);
    await expect(migrate(pool)).rejects.toThrow(`${name} is newer than this version, which cannot work with it.`);
    expect(await createReadinessCheck(db)()).toBe("migrations");
  });

  test("that are missing are named without being applied, and no table is made", async () => {
    const { pool, directory, add, exists } = await newCopies();
    await add("29990101000000_later", 'CREATE TABLE "Extra" ();');
    await expect(requireMigrations(pool, directory)).rejects.toThrow(
      "The database lacks the migrations of this version, which `npm run db:migrate` applies: 29990101000000_later.",
    );
    await pool.query('DROP TABLE "_prisma_migrations"');
    await expect(requireMigrations(pool, directory)).rejects.toThrow("lacks the migrations of this version");
    expect(await exists('"Extra"')).toBe(false);
    expect(await exists('"_prisma_migrations"')).toBe(false);
  });

  test("are refused when one is recorded as failed, until it is marked as rolled back", async () => {
    const { pool, directory, add } = await newCopies();
    const name = "29990101000000_tried";
    await add(name, 'CREATE TABLE "Extra" ();');
    await pool.query(
      `INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES (gen_random_uuid()::text, 'other', $1)`,
      [name],
    );
    await expect(migrate(pool, directory)).rejects.toThrow(`${name} failed half-way.`);
    await pool.query("UPDATE _prisma_migrations SET rolled_back_at = now() WHERE migration_name = $1", [name]);
    expect(await migrate(pool, directory)).toEqual([name]);
  });

  test("fold the names that were stored without it, however many there are", async () => {
    const { pool } = await newCopies();
    await pool.query(
      `WITH workspace AS (INSERT INTO "Workspace" (slug, name) VALUES ('unfolded', 'Unfolded') RETURNING id)
       INSERT INTO "Conversation" ("workspaceId", type, name) SELECT id, 'GROUP', 'STRASSE ' || n FROM workspace, generate_series(1, 2001) n`,
    );
    await pool.query(
      `INSERT INTO "Customer" ("workspaceId", name) SELECT id, 'Straße' FROM "Workspace" WHERE slug = 'unfolded'`,
    );
    await migrate(pool);
    const { rows } = await pool.query(
      `SELECT count(*)::integer AS n FROM "Conversation" WHERE "searchName" = 'strasse ' || substr(name, 9)
       UNION ALL SELECT count(*)::integer FROM "Customer" WHERE "searchName" = 'strasse'`,
    );
    expect(rows).toEqual([{ n: 2001 }, { n: 1 }]);
  });

  test("number and count the messages that there are, in the order of their ids", async () => {
    const { pool, directory, migrations } = await newCopies();
    const numbering = migrations.findIndex(({ name }) => name.endsWith("_messages"));
    for (const { name } of migrations.slice(numbering)) await rm(join(directory, name), { recursive: true });
    await pool.query("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    await migrate(pool, directory);
    // The ids of the second conversation are mixed with those of the first, and the third has none.
    await pool.query(
      `WITH workspace AS (INSERT INTO "Workspace" (slug, name) VALUES ('talking', 'Talking') RETURNING id)
       INSERT INTO "Conversation" ("workspaceId", type, name) SELECT id, 'GROUP', name FROM workspace, unnest(ARRAY['a', 'b', 'c']) AS name`,
    );
    await pool.query(
      `INSERT INTO "Message" ("workspaceId", "conversationId", text)
       SELECT "workspaceId", id, n::text FROM "Conversation", generate_series(1, 300) AS said (n)
       WHERE name = 'a' OR (name = 'b' AND n <= 100) ORDER BY said.n, name`,
    );
    await migrate(pool);
    const { rows } = await pool.query(
      `SELECT name, "messagesCount" AS messages, "lastMessageNumber" AS last,
         (SELECT bool_and(number = text::int AND visibility = 'PUBLIC' AND metadata = '{}') FROM "Message" m WHERE m."conversationId" = c.id) AS numbered
       FROM "Conversation" c ORDER BY name`,
    );
    expect(rows).toEqual([
      { name: "a", messages: 300, last: 300, numbered: true },
      { name: "b", messages: 100, last: 100, numbered: true },
      { name: "c", messages: 0, last: 0, numbered: null },
    ]);
    const { rows: next } = await pool.query(
      `INSERT INTO "Message" ("workspaceId", "conversationId", text) SELECT "workspaceId", id, 'next' FROM "Conversation" RETURNING number`,
    );
    expect(next.map(({ number }) => number).toSorted((a, b) => a - b)).toEqual([1, 101, 301]);
    expect((await pool.query(recount)).rows).toEqual([]);
  });

  test("give a recount that finds every counter that is wrong", async () => {
    const { pool } = await newCopies();
    await pool.query(
      `WITH workspace AS (INSERT INTO "Workspace" (slug, name) VALUES ('counted', 'Counted') RETURNING id)
       INSERT INTO "Conversation" ("workspaceId", type) SELECT id, 'GROUP' FROM workspace`,
    );
    await pool.query(
      `INSERT INTO "Conversation" ("workspaceId", type, "parentId") SELECT "workspaceId", 'GROUP', id FROM "Conversation"`,
    );
    const said = `INSERT INTO "Message" ("workspaceId", "conversationId", "parentId", text)
      SELECT "workspaceId", id, (SELECT id FROM "Message" LIMIT 1), 'x' FROM "Conversation" WHERE "parentId" IS NULL`;
    await pool.query(`${said}; ${said}`);
    expect((await pool.query(recount)).rows).toEqual([]);
    for (const wrong of [
      ...["childrenCount", "messagesCount", "internalMessagesCount", "participantsCount"].map(
        (counter) => `UPDATE "Conversation" SET "${counter}" = "${counter}" + 1 WHERE "parentId" IS NULL`,
      ),
      `UPDATE "Conversation" SET "lastMessageNumber" = 1 WHERE "parentId" IS NULL`,
      `UPDATE "Conversation" SET "topId" = id WHERE "parentId" IS NOT NULL`,
      `UPDATE "Conversation" SET "treeLastActivityAt" = "treeLastActivityAt" - interval '1 hour' WHERE "parentId" IS NULL`,
      ...["repliesCount", "internalRepliesCount"].map((counter) => `UPDATE "Message" SET "${counter}" = 7`),
    ]) {
      const client = await pool.connect();
      await client.query(`BEGIN; ${wrong}`);
      const found = await client.query(recount);
      await client.query("ROLLBACK");
      client.release();
      expect(found.rows, wrong).toHaveLength(1);
    }
  });

  test.runIf(onPostgres)(
    "keep both customers that have one e-mail address because of a Turkish locale: the elder is recognised by it",
    async () => {
      const url = await newDatabase("LOCALE_PROVIDER icu ICU_LOCALE 'tr' LOCALE 'C.UTF-8'");
      const { pool, close } = connect({ connectionString: url, max: 2 });
      onTestFinished(close);
      const migrations = await readMigrations(migrationsDirectory());
      const folding = migrations.findIndex((migration) => migration.name.endsWith("_folded_keys"));
      for (const { sql } of migrations.slice(0, folding)) await pool.query(sql);
      await pool.query(
        `WITH workspace AS (INSERT INTO "Workspace" (slug, name) VALUES ('acme', 'Acme') RETURNING id)
       INSERT INTO "Customer" ("workspaceId", email) SELECT id, email FROM workspace, unnest(ARRAY['INFO@x.org', 'info@x.org']) AS email`,
      );
      await pool.query(migrations[folding]?.sql ?? "");
      const { rows } = await pool.query(`SELECT email, "emailKey" FROM "Customer" ORDER BY id`);
      expect(rows).toEqual([
        { email: "INFO@x.org", emailKey: "info@x.org" },
        { email: "info@x.org", emailKey: null },
      ]);
    },
  );

  test.runIf(onPostgres)("apply once when three gateways start at once on an empty database", async () => {
    const url = await newDatabase();
    const gateways = Array.from({ length: 3 }, () => connect({ connectionString: url }));
    const applied = await Promise.all(gateways.map(({ pool }) => migrate(pool)));
    await Promise.all(gateways.map(({ close }) => close()));
    const names = (await readMigrations(migrationsDirectory())).map((migration) => migration.name);
    expect(applied.flat()).toEqual(names);
    expect(applied.filter((list) => list.length > 0)).toHaveLength(1);
  });
});
