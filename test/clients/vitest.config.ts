import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { transformAsync } from "@babel/core";
import { defineConfig, type Plugin } from "vitest/config";

const requireFromParley = createRequire(new URL("../../package.json", import.meta.url));

// Vitest itself, like everything under src, comes from the root's installation.
export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  plugins: [relayTags()],
  // Of the two installations of graphql here, src always gets the root's; what the clients get is their own.
  resolve: { alias: [{ find: /^graphql$/, replacement: requireFromParley.resolve("graphql") }] },
  test: {
    include: ["*.spec.{ts,tsx}"],
    globalSetup: ["./generate.ts", "../support/global-setup.ts"],
    pool: "forks",
    maxWorkers: 1,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});

/** Replaces Relay's graphql`…` by what relay-compiler made of it. */
function relayTags(): Plugin {
  return {
    name: "relay-tags",
    enforce: "pre",
    async transform(code, id) {
      if (!id.startsWith(import.meta.dirname) || !code.includes("graphql`")) return undefined;
      const result = await transformAsync(code, {
        filename: id,
        babelrc: false,
        configFile: false,
        sourceMaps: true,
        parserOpts: { plugins: ["typescript", "jsx"] },
        plugins: [["relay", { eagerEsModules: true }]],
      });
      return result?.code ? { code: result.code, map: result.map as never } : undefined;
    },
  };
}
