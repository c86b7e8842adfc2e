import type { TestProject } from "vitest/node";
import { distribute } from "../../src/database/distribute.ts";
import { migrate } from "../../src/database/migrate.ts";
import { connect } from "../../src/database/open.ts";
import { createClusterDatabase } from "./cluster-database.ts";

/** One distributed database for all suites: to make one takes a minute. Their workspaces keep them apart. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { url, drop } = await createClusterDatabase(process.env.CITUS_URL as string);
  const { pool, close } = connect({ connectionString: url, max: 2 });
  try {
    await migrate(pool);
    await distribute(pool);
  } catch (error) {
    await drop();
    throw error;
  } finally {
    await close();
  }
  project.provide("template", { engine: "citus", url });
  return drop;
}
