import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type pg from "pg";
import { ConfigError } from "../config.ts";
import { fillSearchNames } from "./fill-search-names.ts";
import { setSocketTimeout } from "./socket-timeout.ts";
import { sqlStates } from "./sql-state.ts";

/** The advisory lock of Prisma Migrate. All programs that apply migrations wait for each other by it. */
const prismaMigrateLock = 72_707_369;

/** The table exactly as Prisma Migrate creates it. */
const createTable = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL,
  "checksum" VARCHAR(64) NOT NULL,
  "finished_at" TIMESTAMPTZ,
  "migration_name" VARCHAR(255) NOT NULL,
  "logs" TEXT,
  "rolled_back_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "applied_steps_count" INTEGER NOT NULL DEFAULT 0
)`;

export interface Migration {
  name: string;
  sql: string;
  /** sha-256 of the file, in hexadecimal. */
  checksum: string;
}

/** The directory of the migrations, whether this runs from the sources or from `dist`. */
export function migrationsDirectory(): string {
  for (let directory = import.meta.dirname; ; directory = dirname(directory)) {
    const candidate = join(directory, "prisma", "migrations");
    if (existsSync(candidate)) return candidate;
    if (directory === dirname(directory)) throw new ConfigError("The directory prisma/migrations is missing.");
  }
}

/** The migrations of a directory in Prisma's layout, in the order in which they apply. */
export async function readMigrations(directory: string): Promise<Migration[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const bytes = await readFile(join(directory, name, "migration.sql"));
      return { name, sql: bytes.toString(), checksum: createHash("sha256").update(bytes).digest("hex") };
    }),
  );
}

/**
 * Applies the missing migrations and returns their names. It creates the schema if it is absent. Each migration is one transaction
 * together with its row in Prisma's own table, so that `prisma migrate` keeps working on the same database. Throws ConfigError if the
 * database has a migration that failed, was edited since, or breaks this version, or if the role may not migrate. It only warns of newer
 * migrations.
 */
export async function migrate(
  pool: pg.Pool,
  directory = migrationsDirectory(),
  warn: (message: string) => void = console.warn,
): Promise<string[]> {
  const migrations = await readMigrations(directory);
  const client = await pool.connect();
  try {
    setSocketTimeout(client, 0);
    await client.query(
      "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET lock_timeout = '10min'",
    );
    await client.query("SELECT pg_advisory_lock($1)", [prismaMigrateLock]);
    await client.query("SET lock_timeout = '1min'");
    const { schema, exists, missing, newer } = await compare(client, migrations);
    if (newer.length > 0) warn(`The database is newer than this version: it has ${newer.join(", ")}.`);
    if (!exists.schema) await client.query(`CREATE SCHEMA ${schema}`);
    if (!exists.records) await client.query(createTable);
    for (const migration of missing) await apply(client, migration);
    await fillSearchNames(client);
    await client.query("SELECT pg_advisory_unlock($1)", [prismaMigrateLock]);
    await client.query("RESET statement_timeout; RESET idle_in_transaction_session_timeout; RESET lock_timeout");
    client.release();
    return missing.map((migration) => migration.name);
  } catch (error) {
    // Closing the connection drops the lock and the settings.
    client.release(true);
    throw explained(error);
  }
}

/** Throws ConfigError, and changes nothing, unless the database has every migration of this version. */
export async function requireMigrations(pool: pg.Pool, directory = migrationsDirectory()): Promise<void> {
  const client = await pool.connect();
  try {
    const { missing } = await compare(client, await readMigrations(directory));
    if (missing.length === 0) return;
    const names = missing.map(({ name }) => name).join(", ");
    throw new ConfigError(
      `The database lacks the migrations of this version, which \`npm run db:migrate\` applies: ${names}.`,
    );
  } catch (error) {
    throw explained(error);
  } finally {
    client.release();
  }
}

/** The migrations that the database has: which of these, and which others. */
async function compare(client: pg.ClientBase, migrations: Migration[]) {
  // The tables are created in the first schema. The others only hold extensions, and perhaps the tables of another gateway.
  const { rows: places } = await client.query<{ schema: string; exists: { schema: boolean; records: boolean } }>(
    `SELECT schema, json_build_object('schema', to_regnamespace(schema) IS NOT NULL,
       'records', to_regclass(schema || '."_prisma_migrations"') IS NOT NULL) AS exists
     FROM split_part(current_setting('search_path'), ', ', 1) AS own (schema)`,
  );
  const { schema, exists } = places[0] as (typeof places)[0];
  const rows = exists.records ? await readRecords(client) : [];
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const row of rows) {
    const problem = findProblem(row, known.get(row.name));
    if (problem) throw new ConfigError(`The database's migration ${row.name} ${problem}`);
  }
  const recorded = new Set(rows.map(({ name }) => name));
  return {
    schema,
    exists,
    missing: migrations.filter(({ name }) => !recorded.has(name)),
    newer: [...recorded].filter((name) => !known.has(name)),
  };
}

interface Recorded {
  name: string;
  checksum: string;
  finished: boolean;
}

async function readRecords(client: pg.ClientBase): Promise<Recorded[]> {
  const { rows } = await client.query<Recorded>(
    `SELECT "migration_name" AS "name", "checksum", "finished_at" IS NOT NULL AS "finished"
     FROM "_prisma_migrations" WHERE "rolled_back_at" IS NULL ORDER BY "started_at"`,
  );
  return rows;
}

/** Whether a version that does not know this migration must not work on a database that has it. */
export function isBreaking(name: string): boolean {
  return name.endsWith("_breaking");
}

function findProblem(row: Recorded, migration: Migration | undefined): string | undefined {
  if (!row.finished) return "failed half-way. Repair the database, then mark it with `prisma migrate resolve`.";
  if (!migration) return isBreaking(row.name) ? "is newer than this version, which cannot work with it." : undefined;
  if (row.checksum !== migration.checksum) {
    return "was edited after it had been applied. Restore its file, and put the change into a new migration.";
  }
  return undefined;
}

async function apply(client: pg.ClientBase, migration: Migration): Promise<void> {
  try {
    // If Citus has spread a table, a migration changes its shards one after another. A transaction may not change all at once and then
    // something else.
    await client.query("BEGIN; SET LOCAL citus.multi_shard_modify_mode = 'sequential'");
    await client.query(migration.sql);
    await client.query(
      `INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "started_at", "finished_at", "applied_steps_count")
       VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`,
      [randomUUID(), migration.checksum, migration.name],
    );
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK");
    throw new ConfigError(`Migration ${migration.name} failed and left nothing behind: ${describe(error)}`, {
      cause: error,
    });
  }
}

function explained(error: unknown): unknown {
  return (error as pg.DatabaseError).code === sqlStates.insufficientPrivilege
    ? new ConfigError(describe(error))
    : error;
}

function describe(error: unknown): string {
  const { message, hint, code } = error as pg.DatabaseError;
  const rights = code === sqlStates.insufficientPrivilege && "docs/operating.md tells which rights the role needs.";
  return [`${message}.`, hint, rights].filter(Boolean).join(" ");
}
