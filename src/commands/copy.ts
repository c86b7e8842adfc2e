#!/usr/bin/env node
import { ConfigError, readConfig } from "../config.ts";
import { copyDatabase } from "../database/copy-database.ts";
import { migrate, requireMigrations } from "../database/migrate.ts";
import { openDatabase } from "../database/open.ts";

/**
 * `npm run db:copy` copies the embedded database in DATA_DIR to the empty PostgreSQL of DATABASE_URL. The embedded database does not
 * change.
 */
async function main(): Promise<void> {
  const { databaseUrl, dataDir, poolSize } = readConfig();
  if (!databaseUrl) throw new ConfigError("DATABASE_URL must lead to the PostgreSQL to copy to.");
  const source = await openDatabase({ dataDir, poolSize }, { make: false });
  try {
    await requireMigrations(source.pool);
    const target = await openDatabase({ databaseUrl, dataDir, poolSize });
    try {
      await migrate(target.pool);
      const counts = await copyDatabase(source.pool, target.pool);
      for (const [table, rows] of Object.entries(counts)) console.log(`${String(rows).padStart(8)}  ${table}`);
      console.log(`Copied from ${source.place} to ${target.place}.`);
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

main().catch((error) => {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exit(1);
});
