import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import type { TestProject } from "vitest/node";
import { extensions } from "../../src/database/embedded/extensions.ts";
import { servePGlite } from "../../src/database/embedded/start-embedded.ts";
import { migrate } from "../../src/database/migrate.ts";
import { connect } from "../../src/database/open.ts";
import { createDatabase, dropDatabase } from "./postgres.ts";

/** What every test file copies its database from. */
export type Template = { engine: "embedded"; file: string } | { engine: "postgres"; server: string; name: string };

declare module "vitest" {
  export interface ProvidedContext {
    template: Template;
  }
}

/** Migrates the template once, on PostgreSQL when TEST_DATABASE_URL names one, and takes it away in the end. */
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

async function setUpEmbedded(project: TestProject) {
  const directory = await mkdtemp(join(tmpdir(), "parley-test-"));
  const database = await PGlite.create({ extensions });
  const server = await servePGlite(database, directory);
  const { pool, close } = connect(server.connection);
  await migrate(pool);
  await close();
  await server.close();
  const dump = await database.dumpDataDir("none");
  await database.close();
  const file = join(directory, "template.tar");
  await writeFile(file, Buffer.from(await dump.arrayBuffer()));
  project.provide("template", { engine: "embedded", file });
  return () => rm(directory, { recursive: true });
}
