import { openAsBlob } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { afterAll, inject } from "vitest";
import { extensions } from "../../src/database/embedded/extensions.ts";
import { servePGlite } from "../../src/database/embedded/serve-pglite.ts";
import { socketConnection } from "../../src/database/embedded/socket-directory.ts";
import type { FairPool, FairPoolConfig } from "../../src/database/fair-pool.ts";
import { connect, type Database } from "../../src/database/open.ts";
import { forgetStatements } from "../../src/database/statement-names.ts";
import { answering, OneShard, withoutCasts } from "./one-shard.ts";
import { createDatabase, dropDatabase } from "./postgres.ts";

const poolSize = 20;

export interface RecordedQuery {
  text: string;
  values: unknown[];
  /** How many the database returned. */
  rows: number;
}

export interface TestDatabase {
  db: Database;
  pool: FairPool;
  /** The SQL that `work` sent, statement by statement. Nothing else may use this database meanwhile. */
  recordStatements(work: () => Promise<unknown>): Promise<string[]>;
  /** The same, with the values of their parameters. */
  recordQueries(work: () => Promise<unknown>): Promise<RecordedQuery[]>;
  countStatements(work: () => Promise<unknown>): Promise<number>;
  /** A client with a pool of its own on the same database, as a second gateway has. Only on PostgreSQL. */
  connectAgain(limits?: FairPoolConfig): Database;
  /** How a pool reaches this database. */
  connection: FairPoolConfig;
  close(): Promise<void>;
}

/** Races only show on PostgreSQL, because the embedded database has one connection: `describe.runIf(onPostgres)`. */
export const onPostgres = inject("template").engine !== "embedded";

/** Its tables are spread over workers. */
export const onCitus = inject("template").engine === "citus";

let shared: Promise<TestDatabase> | undefined;
afterAll(async () => (await shared)?.close());

/** The database of this test file, made on first use and gone after its last test. */
export function testDatabase(): Promise<TestDatabase> {
  shared ??= openTestDatabase();
  return shared;
}

/** A migrated, empty database of its own. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const { connection, close: closeServer } = await copyTemplate();
  const clients = [connect(connection)];
  const { db, pool } = clients[0] as (typeof clients)[0];
  const oneShard = onCitus ? new OneShard() : undefined;
  const recordQueries = recorder(pool, oneShard);
  const recordStatements = async (work: () => Promise<unknown>) => (await recordQueries(work)).map(({ text }) => text);
  return {
    db,
    pool,
    connection,
    recordStatements,
    recordQueries,
    countStatements: async (work) => (await recordStatements(work)).length,
    connectAgain(limits) {
      const again = connect({ ...connection, ...limits });
      clients.push(again);
      return again.db;
    },
    async close() {
      await oneShard?.expect(pool);
      for (const client of clients) {
        // A pool ends before its connections do. The database is dropped with some of them still open.
        client.pool.removeAllListeners("error").on("error", () => {});
        await client.close();
      }
      await closeServer();
    },
  };
}

async function copyTemplate(): Promise<{ connection: FairPoolConfig; close(): Promise<void> }> {
  const template = inject("template");
  if (template.engine === "citus")
    return { connection: { connectionString: template.url, max: poolSize }, close: async () => {} };
  if (template.engine === "postgres") {
    const { name, url } = await createDatabase(template.server, "test", template.name);
    const close = () => dropDatabase(template.server, name);
    return { connection: { connectionString: url, max: poolSize }, close };
  }
  const directory = await mkdtemp(join(tmpdir(), "parley-test-"));
  const database = await PGlite.create({ extensions, loadDataDir: await openAsBlob(template.file) });
  const server = await servePGlite(database, directory);
  const close = async () => {
    await server.close();
    await database.close();
    await rm(directory, { recursive: true });
  };
  return { connection: socketConnection(directory), close };
}

function recorder(pool: FairPool, oneShard?: OneShard): TestDatabase["recordQueries"] {
  let recording: RecordedQuery[] | undefined;
  pool.on("connect", (client) => {
    const send = client.query.bind(client) as (...args: unknown[]) => unknown;
    const record = (...args: unknown[]) => {
      // The gateway's own statements go to the cluster as they are.
      if (oneShard && !answering.getStore()) args[0] = withoutCasts(args[0]);
      const [query, given] = args as [string | { text: string; values?: unknown[] }, unknown];
      const { text, values = Array.isArray(given) ? given : [] } = typeof query === "string" ? { text: query } : query;
      const recorded = { text, values, rows: 0 };
      // This statement belongs to the connection, and not to the work.
      if (text !== forgetStatements) recording?.push(recorded);
      oneShard?.note(recorded);
      const note = (result?: { rows?: unknown[] }) => {
        recorded.rows = result?.rows?.length ?? 0;
      };
      const callback = args.at(-1);
      if (typeof callback === "function") {
        return send(...args.slice(0, -1), (error: unknown, result: { rows: unknown[] }) => {
          note(result);
          callback(error, result);
        });
      }
      const sent = send(...args);
      if (sent instanceof Promise) sent.then(note, () => {});
      return sent;
    };
    client.query = record as typeof client.query;
  });
  return async (work) => {
    const queries: RecordedQuery[] = [];
    recording = queries;
    try {
      await work();
    } finally {
      recording = undefined;
    }
    return queries;
  };
}
