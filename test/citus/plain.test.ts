import { expect, test } from "vitest";
import { planDistribution } from "../../src/database/distribute.ts";
import { testDatabase } from "../support/database.ts";

test.skipIf(process.env.CITUS_URL)(
  "a plain PostgreSQL is not distributed, and the refusal says what it lacks",
  async () => {
    const { pool } = await testDatabase();
    await expect(planDistribution(pool)).rejects.toMatchObject({
      name: "ConfigError",
      message: expect.stringMatching(/^DATABASE_URL leads to a plain PostgreSQL, .* extension Citus\.$/),
    });
  },
);
