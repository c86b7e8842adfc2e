import { createRequire } from "node:module";
import { configDefaults, defineConfig } from "vitest/config";

/**
 * `npm test` runs the project "rules": the suites that say what Parley does, in a minute or two. `npm run test:all` runs the
 * project "proofs" as well: the suites that look for what nobody has thought of, break things, or start whole processes.
 */
const proofs = [
  "test/{citus,compile,database,events,faults,hostile,isolation,races,sharing,telemetry}/**/*.test.ts",
  "test/http/{admission,answer-directly,bounded-clients,bursts,look-alikes,points,rate-limit,slow-clients}.test.ts",
  "test/{keys/cli,reading/{name-search,paging,rows-read}}.test.ts",
  "test/{atomicity,graphiql,main,migrations,npm-start,properties,server,shell-blocks}.test.ts",
];

export default defineConfig({
  // Otherwise Vitest loads a second copy of graphql, and no error is an instance of the first one's GraphQLError.
  resolve: { alias: [{ find: /^graphql$/, replacement: createRequire(import.meta.url).resolve("graphql") }] },
  test: {
    globalSetup: "test/support/global-setup.ts",
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: { name: "rules", include: ["test/**/*.test.ts"], exclude: [...configDefaults.exclude, ...proofs] },
      },
      { extends: true, test: { name: "proofs", include: proofs } },
    ],
  },
});
