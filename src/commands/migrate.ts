#!/usr/bin/env node
import { ConfigError, readConfig } from "../config.ts";
import { migrate } from "../database/migrate.ts";
import { openDatabase } from "../database/open.ts";

/** `npm run db:migrate` applies the missing migrations and ends. It is for gateways whose role may not migrate. */
async function main(): Promise<void> {
  const { pool, place, close } = await openDatabase(readConfig());
  try {
    const applied = await migrate(pool);
    console.log(`${applied.length > 0 ? `Applied ${applied.join(", ")}` : "Nothing to apply"} on ${place}.`);
  } finally {
    await close();
  }
}

main().catch((error) => {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exit(1);
});
