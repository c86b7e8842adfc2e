import { expect, test } from "vitest";
import { run } from "./run.ts";

test("what graphql-codegen's client preset generates compiles, with the types that an application expects", async () => {
  expect(await run("tsc", "--project", "tsconfig.json")).toBe("");
});
