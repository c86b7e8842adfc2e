import { expect, test } from "vitest";
import { failLostCommits } from "../../src/database/lost-commits.ts";
import { isUnavailable } from "../../src/database/unavailable.ts";
import { onPostgres, testDatabase } from "../support/database.ts";

const warn = (message: string) => `DO $$ BEGIN RAISE WARNING '${message}'; END $$`;

test.runIf(onPostgres)("a COMMIT of which a worker was lost fails, although Citus only warns", async () => {
  const { pool } = await testDatabase();
  const client = await pool.connect();
  failLostCommits(client);
  await client.query(warn("something else"));
  const error = await client.query(warn("failed to commit transaction on worker:5432")).catch((error) => error);
  expect(isUnavailable(error)).toBe(true);
  await expect(client.query("SELECT 1")).rejects.toThrow();
  client.release(true);
});
