import { resolve } from "node:path";
import { PrismaPg } from "@prisma/adapter-pg";
import type pg from "pg";
import { PrismaClient } from "../../prisma/generated/client/client.ts";
import type { Config } from "../config.ts";
import { parseDatabaseUrl } from "./database-url.ts";
import { startEmbedded } from "./embedded/start-embedded.ts";
import { FairPool, type FairPoolConfig } from "./fair-pool.ts";
import { noteDistributed } from "./is-distributed.ts";
import { failLostCommits } from "./lost-commits.ts";
import { observeStatements, type StatementObserver } from "./observe-statements.ts";
import { showParameters } from "./plain-parameters.ts";
import { readTextBy } from "./read-text.ts";
import { requireServer } from "./require-server.ts";
import { prepareSession } from "./session.ts";
import { onceTimedOut, setSocketTimeout } from "./socket-timeout.ts";
import { StatementNames } from "./statement-names.ts";
import { currentUsage } from "./usage.ts";

/** The time for opening a connection. The wait for a turn comes before. */
const connectionTimeoutMs = 5_000;
/** The embedded database has one connection, and everything waits for it. */
const embeddedConnectionTimeoutMs = 10_000;
/** PGlite has no statement timeout, and while one statement runs, no other can. */
const embeddedSilenceMs = 8_000;
const statementTimeoutMs = 15_000;
const lockTimeoutMs = 10_000;
const idleInTransactionTimeoutMs = 15_000;
const transactionTimeoutMs = 15_000;
/** The server ends long statements by itself, so a connection that is silent for longer is dead. */
const maxSilenceMs = 16_000;
const keepAliveDelayMs = 10_000;

export type Database = PrismaClient;

export interface OpenDatabase {
  db: Database;
  pool: FairPool;
  embedded: boolean;
  /** The name of the database and its server for people, without a password. */
  place: string;
  /** Closes it when the running statements have ended. */
  close(): Promise<void>;
}

interface DatabaseOptions {
  /** For how many milliseconds a connection in use may be silent; 0 means for ever. */
  silenceMs?: number;
  /** Is called when a connection is ended because of its silence. */
  onSilence?: () => void;
  /** Gets the error of each connection that breaks while nobody uses it. */
  log?: (error: Error) => void;
  /** Whether the embedded database is made when it is absent: yes if absent. */
  make?: boolean;
}

type PoolLimits = Pick<Config, "poolSize"> & Partial<Pick<Config, "maxWaitSeconds">>;

/** The limits of a pool by the configuration. */
export function limitsOf({ poolSize: max, maxWaitSeconds }: PoolLimits): FairPoolConfig {
  return maxWaitSeconds === undefined ? { max } : { max, waitMs: maxWaitSeconds * 1000 };
}

/** Opens the PostgreSQL of `databaseUrl`, or without one the embedded database in `dataDir`. */
export async function openDatabase(
  config: Pick<Config, "databaseUrl" | "dataDir"> & PoolLimits,
  options?: DatabaseOptions,
): Promise<OpenDatabase> {
  const limits = limitsOf(config);
  if (config.databaseUrl) {
    const opened = connect({ connectionString: config.databaseUrl, ...limits }, options);
    try {
      await requireServer(opened.pool);
    } catch (error) {
      await opened.close();
      throw error;
    }
    return { ...opened, embedded: false, place: await describePlace(opened.pool) };
  }
  const server = await startEmbedded(config.dataDir, options);
  const { close, ...opened } = connect(
    { connectionTimeoutMillis: embeddedConnectionTimeoutMs, ...limits, ...server.connection },
    { silenceMs: embeddedSilenceMs, ...options, onSilence: server.restart },
  );
  return {
    ...opened,
    embedded: true,
    place: `the embedded one in ${resolve(config.dataDir)}, for trying and developing`,
    async close() {
      await close();
      await server.close();
    },
  };
}

async function describePlace(pool: pg.Pool): Promise<string> {
  const client = (await pool.connect()) as pg.PoolClient & Pick<pg.Client, "host" | "port">;
  const { rows } = await client.query(
    "SELECT current_database() AS database, split_part(current_setting('search_path'), ', ', 1) AS schema, current_user AS role",
  );
  client.release();
  const { database, schema, role } = rows[0];
  return `PostgreSQL at ${client.host}:${client.port}, database ${database}, schema ${schema}, as ${role}`;
}

/** Makes a pool and the Prisma client on it. Every wait is bounded, and the session does not depend on the settings of the server. */
export function connect(
  { connectionString, ...more }: FairPoolConfig,
  { silenceMs = maxSilenceMs, onSilence, log = reportLostConnection }: DatabaseOptions = {},
): Pick<OpenDatabase, "db" | "pool" | "close"> {
  const { connection, schema } = connectionString ? parseDatabaseUrl(connectionString) : { schema: "public" };
  const pool = new FairPool({
    connectionTimeoutMillis: connectionTimeoutMs,
    statement_timeout: statementTimeoutMs,
    lock_timeout: lockTimeoutMs,
    idle_in_transaction_session_timeout: idleInTransactionTimeoutMs,
    application_name: "parley",
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveDelayMs,
    async onConnect(client) {
      setSocketTimeout(client, silenceMs);
      if (onSilence) onceTimedOut(client, onSilence);
      if (!(await prepareSession(client, schema))) return;
      showParameters(client);
      failLostCommits(client);
      noteDistributed(db);
    },
    ...connection,
    ...more,
  });
  pool.on("connect", (client) => client.on("error", ignore));
  pool.on("acquire", (client) => setSocketTimeout(client, silenceMs));
  pool.on("release", (_, client) => setSocketTimeout(client, 0));
  pool.on("error", (error) => log(error));
  observeStatements(pool, countRows);
  const names = new StatementNames(pool);
  const adapter = new PrismaPg(pool, { schema, statementNameGenerator: ({ sql }) => names.nameOf(sql) });
  const db = new PrismaClient({
    adapter,
    errorFormat: "minimal",
    queryPlanCacheMaxSize: 200,
    transactionOptions: {
      maxWait: pool.waitMs + (pool.options.connectionTimeoutMillis ?? 0),
      timeout: transactionTimeoutMs,
    },
  });
  readTextBy(db, adapter.connect());
  return {
    db,
    pool,
    async close() {
      await db.$disconnect();
      await pool.end();
    },
  };
}

/** Adds the rows that a statement returns to the usage of its request. */
function countRows(): ReturnType<StatementObserver> {
  const usage = currentUsage.getStore();
  return (_, result) => {
    if (usage) usage.rows += result?.rows?.length ?? 0;
  };
}

/** If a connection breaks while it is used, its next statement fails and says so. */
function ignore(): void {}

function reportLostConnection(error: Error): void {
  console.error(`Lost a database connection: ${error.message}`);
}
