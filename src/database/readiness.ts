import { setTimeout as after } from "node:timers/promises";
import { isBreaking, type Migration, migrationsDirectory, readMigrations } from "./migrate.ts";
import type { Database } from "./open.ts";
import { isUnavailable } from "./unavailable.ts";
import { beginUsage, currentUsage, type Usage } from "./usage.ts";

/** "ok", or the part that is missing: a database that answers within a second, or the migrations of this version in it. */
export type Readiness = "ok" | "database" | "migrations";

const patienceMs = 1000;

/**
 * Asks the database with one statement, one at a time, and remembers the answer for `rememberMs` for all who ask. It has a connection
 * of its own. The embedded database has only one connection: there the check waits for its turn and keeps its last answer meanwhile,
 * so busy tenants do not make it fail.
 */
export function createReadinessCheck(db: Database, rememberMs = 1000): () => Promise<Readiness> {
  let asking: { usage: Usage; answer: Promise<Readiness> } | undefined;
  let answer: Promise<Readiness> | undefined;
  let last: Readiness = "ok";
  let expected: Promise<Migration[]> | undefined;
  const forget = () => {
    answer = undefined;
  };
  const ask = () => {
    const usage = { ...beginUsage(), readiness: true };
    // The migrations do not change while this version runs.
    expected ??= readMigrations(migrationsDirectory());
    const answer = currentUsage.run(usage, askDatabase, db, expected).finally(() => {
      asking = undefined;
    });
    return { usage, answer };
  };
  const check = async () => {
    asking ??= ask();
    const { usage, answer } = asking;
    const impatient = after(patienceMs, undefined, { ref: false }).then(() => {
      const waitsForItsTurn = usage.connections === 0;
      return waitsForItsTurn ? last : "database";
    });
    last = await Promise.race([answer, impatient]);
    return last;
  };
  return () => {
    answer ??= check().finally(() => setTimeout(forget, rememberMs).unref());
    return answer;
  };
}

async function askDatabase(db: Database, expected: Promise<Migration[]>): Promise<Readiness> {
  try {
    const rows = await db.$queryRaw<{ name: string }[]>`
      SELECT "migration_name" AS "name" FROM "_prisma_migrations"
      WHERE "finished_at" IS NOT NULL AND "rolled_back_at" IS NULL`;
    const applied = new Set(rows.map(({ name }) => name));
    for (const { name } of await expected) if (!applied.delete(name)) return "migrations";
    return [...applied].some(isBreaking) ? "migrations" : "ok";
  } catch (error) {
    return isUnavailable(error) ? "database" : "migrations";
  }
}
