import { defineConfig } from "vitest/config";
import ours from "../../vitest.config.ts";

const { CITUS_URL } = process.env;

// The suites that say what a conversation, a message, a race and a tenant are, on the cluster that CITUS_URL names. Without one, what
// needs a cluster is shown as skipped.
const suites = ["conversations", "messages", "participants", "customers", "events", "races", "isolation", "citus"];
const { projects: _, ...test } = ours.test ?? {};

export default defineConfig({
  ...ours,
  test: {
    ...test,
    include: (CITUS_URL ? suites : ["citus"]).map((suite) => `test/${suite}/**/*.test.ts`),
    globalSetup: CITUS_URL ? "test/citus/global-setup.ts" : test.globalSetup,
    // They share a database, and some end all connections to it.
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
