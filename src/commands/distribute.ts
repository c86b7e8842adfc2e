#!/usr/bin/env node
import { parseArgs } from "node:util";
import { ConfigError, readConfig } from "../config.ts";
import { distribute, planDistribution } from "../database/distribute.ts";
import { openDatabase } from "../database/open.ts";

/**
 * `npm run db:distribute` spreads the tables of a Citus coordinator's database over its nodes. With `--dry-run`, it only prints the steps.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { "dry-run": { type: "boolean", default: false } } });
  const config = readConfig();
  if (!config.databaseUrl) throw new ConfigError("DATABASE_URL must lead to the coordinator of a Citus cluster.");
  const { pool, place, close } = await openDatabase(config);
  try {
    const steps = await planDistribution(pool);
    for (const { text } of steps) console.log(text);
    if (steps.length === 0) console.log(`Nothing to do on ${place}.`);
    else if (values["dry-run"]) console.log(`Nothing was changed on ${place}.`);
    else {
      await distribute(pool);
      console.log(`Done on ${place}.`);
    }
  } finally {
    await close();
  }
}

main().catch((error) => {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exit(1);
});
