import { setTimeout as after } from "node:timers/promises";
import { isUnavailable } from "./faults.ts";
import { isBreaking, migrationsDirectory, readMigrations } from "./migrate.ts";
import type { Database } from "./open.ts";

/** "ok", or what is missing: a database that answers within a second, or the migrations of this version in it. */
export type Readiness = "ok" | "database" | "migrations";

const patienceMs = 1000;

/** Asks the database with one statement, one at a time, and remembers the answer for `rememberMs`, whoever asks. */
export function createReadinessCheck(db: Database, rememberMs = 1000): () => Promise<Readiness> {
  let asking: Promise<Readiness> | undefined;
  let answer: Promise<Readiness> | undefined;
  const forget = () => {
    answer = undefined;
  };
  const check = () => {
    asking ??= askDatabase(db).finally(() => {
      asking = undefined;
    });
    return Promise.race([asking, after(patienceMs, "database" as const, { ref: false })]);
  };
  return () => {
    answer ??= check().finally(() => setTimeout(forget, rememberMs).unref());
    return answer;
  };
}

async function askDatabase(db: Database): Promise<Readiness> {
  try {
    const expected = await readMigrations(migrationsDirectory());
    const rows = await db.$queryRaw<{ name: string }[]>`
      SELECT "migration_name" AS "name" FROM "_prisma_migrations"
      WHERE "finished_at" IS NOT NULL AND "rolled_back_at" IS NULL`;
    const applied = new Set(rows.map(({ name }) => name));
    for (const { name } of expected) if (!applied.delete(name)) return "migrations";
    return [...applied].some(isBreaking) ? "migrations" : "ok";
  } catch (error) {
    return isUnavailable(error) ? "database" : "migrations";
  }
}
