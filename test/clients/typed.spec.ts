import { expect, test } from "vitest";
import { run } from "./run.ts";

test("the output of graphql-codegen's client preset compiles, with the types that an application expects", async () => {
  expect(await run("tsc", "--project", "tsconfig.json")).toBe("");
});
