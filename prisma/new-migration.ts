import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { migrationsDirectory } from "../src/database/migrate.ts";
import { diffMigrations } from "./schema-diff.ts";

const directory = migrationsDirectory();

/** Writes the difference between schema.prisma and the migrations into the next migration, without a database server. */
async function main([name = "", ...rest]: string[]): Promise<void> {
  if (!/^[a-z][a-z0-9_]{0,99}$/.test(name) || rest.length > 0) {
    throw new Error("Usage: npm run db:migration <name>, in lower-case letters, digits and underscores: add_tags");
  }
  const sql = await diffMigrations(directory, join(directory, "..", "schema.prisma"));
  if (sql === "") return console.log("Nothing to do: the migrations make what schema.prisma declares.");
  const timestamp = new Date().toISOString().replace(/\D/g, "").slice(0, 14);
  const folder = join(directory, `${timestamp}_${name}`);
  await mkdir(folder);
  await writeFile(join(folder, "migration.sql"), sql);
  console.log(`Wrote prisma/migrations/${timestamp}_${name}/migration.sql. Read it before you commit it.`);
}

main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
