import { randomBytes } from "node:crypto";
import pg from "pg";

/** Creates a database on the server that `server` leads to, as a copy of `template` if given, or with a locale of its own. */
export async function createDatabase(server: string, purpose: string, template = "template0", locale = "") {
  const name = `parley_${purpose}_${randomBytes(6).toString("hex")}`;
  await onServer(server, `CREATE DATABASE "${name}" TEMPLATE "${template}" ${locale}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { name, url: url.href };
}

/** Drops a database with everybody in it. */
export function dropDatabase(server: string, name: string): Promise<void> {
  return onServer(server, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
}

/** Runs a statement on the server. */
export async function onServer(server: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
