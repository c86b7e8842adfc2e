import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { tour } from "../../src/graphiql/tour.ts";
import { run } from "./run.ts";

const here = import.meta.dirname;

/** Runs the compilers of the clients on ../../schema.graphql, the documents here, and the operations of the tour. */
export default async function generate(): Promise<void> {
  await rm(join(here, "generated"), { recursive: true, force: true });
  await rm(join(here, "relay/__generated__"), { recursive: true, force: true });
  await writeFile(join(here, "tour.graphql"), tour.map(({ query }) => query).join("\n"));
  await run("relay-compiler", "relay.config.json");
  await run("graphql-codegen", "--config", "codegen.ts");
}
