import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const requireFromParley = createRequire(new URL("../../package.json", import.meta.url));

// Vitest itself, like everything under src, comes from the root's installation.
export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  // Of the two installations of graphql here, src always gets the root's; what gateways and composers get is their own.
  resolve: { alias: [{ find: /^graphql$/, replacement: requireFromParley.resolve("graphql") }] },
  test: {
    include: ["*.spec.ts"],
    globalSetup: "../support/global-setup.ts",
    pool: "forks",
    maxWorkers: 1,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
