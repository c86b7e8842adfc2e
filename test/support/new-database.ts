import { inject, onTestFinished } from "vitest";
import { createDatabase, dropDatabase } from "./postgres.ts";

/** The URL of an empty database on the tests' PostgreSQL, until the end of the test. `options` are those of CREATE DATABASE. */
export async function newDatabase(options?: string): Promise<string> {
  const template = inject("template");
  if (template.engine !== "postgres") throw new Error("Not on PostgreSQL");
  const { name, url } = await createDatabase(template.server, "own", "template0", options);
  onTestFinished(() => dropDatabase(template.server, name));
  return url;
}
