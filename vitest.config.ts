import { createRequire } from "node:module";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // Otherwise Vitest loads a second copy of graphql, and no error is an instance of the first one's GraphQLError.
  resolve: { alias: [{ find: /^graphql$/, replacement: createRequire(import.meta.url).resolve("graphql") }] },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: "test/support/global-setup.ts",
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
