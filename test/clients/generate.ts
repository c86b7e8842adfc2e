import { rm } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./run.ts";

const here = import.meta.dirname;

/** Runs the compilers of the clients on ../../schema.graphql and the documents here. */
export default async function generate(): Promise<void> {
  await rm(join(here, "generated"), { recursive: true, force: true });
  await rm(join(here, "relay/__generated__"), { recursive: true, force: true });
  await run("relay-compiler", "relay.config.json");
  await run("graphql-codegen", "--config", "codegen.ts");
}
