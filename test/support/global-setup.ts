import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import type { TestProject } from "vitest/node";
import { extensions } from "../../src/database/embedded/extensions.ts";
import { servePGlite } from "../../src/database/embedded/serve-pglite.ts";
import { socketConnection } from "../../src/database/embedded/socket-directory.ts";
import { migrate, migrationsDirectory, readMigrations } from "../../src/database/migrate.ts";
import { connect } from "../../src/database/open.ts";
import { createDatabase, dropDatabase } from "./postgres.ts";

/** The template from which every test file copies its database. On a cluster, all files share one database. */
type Template =
  | { engine: "embedded"; file: string }
  | { engine: "postgres"; server: string; name: string }
  | { engine: "citus"; url: string };

declare module "vitest" {
  export interface ProvidedContext {
    template: Template;
  }
}

/** Migrates the template once, on PostgreSQL if TEST_DATABASE_URL names one, and removes it at the end. */
export default function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = process.env.TEST_DATABASE_URL;
  return server ? setUpPostgres(project, server) : setUpEmbedded(project);
}

async function setUpPostgres(project: TestProject, server: string) {
  const { name, url } = await createDatabase(server, "template");
  const { pool, close } = connect({ connectionString: url, max: 1 });
  try {
    await migrate(pool);
  } catch (error) {
    await dropDatabase(server, name);
    throw error;
  } finally {
    await close();
  }
  project.provide("template", { engine: "postgres", server, name });
  return () => dropDatabase(server, name);
}

const packages = join(import.meta.dirname, "../../node_modules");

/** The template is kept beside the packages. Until a migration or PGlite changes, later runs start at once. */
async function setUpEmbedded(project: TestProject) {
  const file = join(packages, ".cache/parley", `${await fingerprint()}.tar`);
  if (!existsSync(file)) await dumpTemplate(file);
  project.provide("template", { engine: "embedded", file });
  return async () => {};
}

async function fingerprint(): Promise<string> {
  const migrations = await readMigrations(migrationsDirectory());
  const { version } = JSON.parse(await readFile(join(packages, "@electric-sql/pglite/package.json"), "utf8"));
  const parts = [version, ...migrations.flatMap(({ name, checksum }) => [name, checksum])];
  return createHash("sha256").update(parts.join()).digest("hex").slice(0, 16);
}

async function dumpTemplate(file: string): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "parley-test-"));
  const database = await PGlite.create({ extensions });
  const server = await servePGlite(database, directory);
  const { pool, close } = connect(socketConnection(directory));
  await migrate(pool);
  await close();
  await server.close();
  const dump = await database.dumpDataDir("none");
  await database.close();
  await mkdir(dirname(file), { recursive: true });
  // Another run may do the same, so the file is renamed into its place as a whole.
  const aside = `${file}.${process.pid}`;
  await writeFile(aside, Buffer.from(await dump.arrayBuffer()));
  await rename(aside, file);
  await rm(directory, { recursive: true });
}
