import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type pg from "pg";
import { ConfigError } from "../config.ts";
import { limitSilence } from "./silence.ts";

/** The advisory lock of Prisma Migrate: whoever applies, in whichever way, waits for the others. */
const prismaMigrateLock = 72_707_369;
const oldestPostgresql = 15;

/** Prisma's own table, to the letter. */
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
 * Applies what is missing and returns its names. Each migration is one transaction together with its row, in Prisma's own
 * bookkeeping, so that `prisma migrate` keeps working on the same database. Throws ConfigError when the database has a
 * migration that failed, was edited since, or is unknown here.
 */
export async function migrate(pool: pg.Pool, directory = migrationsDirectory()): Promise<string[]> {
  const migrations = await readMigrations(directory);
  const client = await pool.connect();
  try {
    await requireVersion(client);
    limitSilence(client, 0);
    await client.query(
      "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET lock_timeout = '10min'",
    );
    await client.query("SELECT pg_advisory_lock($1)", [prismaMigrateLock]);
    await client.query("SET lock_timeout = '1min'");
    const missing = await findMissing(client, migrations);
    for (const migration of missing) await apply(client, migration);
    await client.query("SELECT pg_advisory_unlock($1)", [prismaMigrateLock]);
    await client.query("RESET statement_timeout; RESET idle_in_transaction_session_timeout; RESET lock_timeout");
    client.release();
    return missing.map((migration) => migration.name);
  } catch (error) {
    // Closing the connection drops the lock and the settings.
    client.release(true);
    throw error;
  }
}

async function requireVersion(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query("SHOW server_version_num");
  const major = Math.floor(Number(rows[0].server_version_num) / 10_000);
  if (major >= oldestPostgresql) return;
  throw new ConfigError(`DATABASE_URL must lead to PostgreSQL ${oldestPostgresql} or newer; this one is ${major}.`);
}

async function findMissing(client: pg.ClientBase, migrations: Migration[]): Promise<Migration[]> {
  const { rows: found } = await client.query(`SELECT to_regclass('"_prisma_migrations"') IS NOT NULL AS "exists"`);
  if (!found[0].exists) await client.query(createTable);
  const { rows } = await client.query<{ name: string; checksum: string; finished: boolean }>(
    `SELECT "migration_name" AS "name", "checksum", "finished_at" IS NOT NULL AS "finished"
     FROM "_prisma_migrations" WHERE "rolled_back_at" IS NULL ORDER BY "started_at"`,
  );
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const row of rows) {
    const problem = findProblem(row, known.get(row.name));
    if (problem) throw new ConfigError(`The database's migration ${row.name} ${problem}`);
    known.delete(row.name);
  }
  return [...known.values()];
}

function findProblem(
  row: { finished: boolean; checksum: string },
  migration: Migration | undefined,
): string | undefined {
  if (!row.finished) return "failed half-way. Repair the database, then mark it with `prisma migrate resolve`.";
  if (!migration) return "is unknown to this version, which is older than the database. Start a newer version.";
  if (row.checksum !== migration.checksum) {
    return "was edited after it had been applied. Restore its file, and put the change into a new migration.";
  }
  return undefined;
}

async function apply(client: pg.ClientBase, migration: Migration): Promise<void> {
  try {
    await client.query("BEGIN");
    await client.query(migration.sql);
    await client.query(
      `INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "started_at", "finished_at", "applied_steps_count")
       VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`,
      [randomUUID(), migration.checksum, migration.name],
    );
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK");
    throw new ConfigError(`Migration ${migration.name} failed and left nothing behind: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
