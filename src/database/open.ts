import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { PrismaClient } from "../../prisma/generated/client/client.ts";
import { type Config, ConfigError } from "../config.ts";
import { startEmbedded } from "./embedded/start-embedded.ts";
import { limitSilence } from "./silence.ts";

const connectionTimeoutMs = 5_000;
/** There is one connection, and everything queues for it. */
const embeddedConnectionTimeoutMs = 10_000;
const statementTimeoutMs = 15_000;
const lockTimeoutMs = 10_000;
const idleInTransactionTimeoutMs = 15_000;
const transactionTimeoutMs = 15_000;
/** The server ends whatever takes long by itself: a connection that is silent for longer leads nowhere. */
const maxSilenceMs = 16_000;
const keepAliveDelayMs = 10_000;
const maxNamedStatements = 500;

export type Database = PrismaClient;

export interface OpenDatabase {
  db: Database;
  pool: pg.Pool;
  embedded: boolean;
  /** Waits for what is running. */
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** For how long a connection may be silent while it is used, in milliseconds; 0: for ever. */
  silenceMs?: number;
  /** Told of the connections that break while nobody uses them. */
  log?: (error: Error) => void;
}

/** Opens the PostgreSQL of `databaseUrl`, or without one the embedded database in `dataDir`. */
export async function openDatabase(
  config: Pick<Config, "databaseUrl" | "dataDir" | "poolSize">,
  options?: DatabaseOptions,
): Promise<OpenDatabase> {
  if (config.databaseUrl) {
    const opened = connect({ connectionString: config.databaseUrl, max: config.poolSize }, options);
    await requireConnection(opened.pool);
    return { ...opened, embedded: false };
  }
  const server = await startEmbedded(config.dataDir);
  const { close, ...opened } = connect(
    { connectionTimeoutMillis: embeddedConnectionTimeoutMs, ...server.connection },
    { ...options, silenceMs: 0 },
  );
  return {
    ...opened,
    embedded: true,
    async close() {
      await close();
      await server.close();
    },
  };
}

async function requireConnection(pool: pg.Pool): Promise<void> {
  try {
    (await pool.connect()).release();
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    throw new ConfigError(`DATABASE_URL leads to no usable database: ${message || code}.`, { cause: error });
  }
}

/** A pool and the Prisma client on it, with every wait bounded. */
export function connect(
  connection: pg.PoolConfig,
  { silenceMs = maxSilenceMs, log = reportLostConnection }: DatabaseOptions = {},
): Omit<OpenDatabase, "embedded"> {
  const pool = new pg.Pool({
    connectionTimeoutMillis: connectionTimeoutMs,
    statement_timeout: statementTimeoutMs,
    lock_timeout: lockTimeoutMs,
    idle_in_transaction_session_timeout: idleInTransactionTimeoutMs,
    application_name: "parley",
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveDelayMs,
    onConnect(client) {
      limitSilence(client, silenceMs);
      return prepareSession(client);
    },
    ...connection,
  });
  pool.on("connect", (client) => client.on("error", ignore));
  pool.on("acquire", (client) => limitSilence(client, silenceMs));
  pool.on("release", (_, client) => limitSilence(client, 0));
  pool.on("error", (error) => log(error));
  const adapter = new PrismaPg(pool, { statementNameGenerator: statementNames() });
  const db = new PrismaClient({
    adapter,
    errorFormat: "minimal",
    queryPlanCacheMaxSize: 200,
    transactionOptions: { maxWait: pool.options.connectionTimeoutMillis, timeout: transactionTimeoutMs },
  });
  return {
    db,
    pool,
    async close() {
      await db.$disconnect();
      await pool.end();
    },
  };
}

// The adapter sends and reads times without their offset, so the session has to be in UTC. The embedded database has one session
// for all connections: what an earlier connection prepared has to go.
async function prepareSession(client: pg.ClientBase): Promise<void> {
  await client.query("DISCARD ALL");
  // A page is read faster than its plan would be compiled.
  await client.query("SET TIME ZONE 'UTC'; SET jit = off");
}

/** Whoever uses a connection that breaks is told by its next statement. */
function ignore(): void {}

function reportLostConnection(error: Error): void {
  console.error(`Lost a database connection: ${error.message}`);
}

/** Names the first statements it sees, so that PostgreSQL parses and plans them once a connection; the rest stay unnamed. */
function statementNames(): (query: { sql: string }) => string {
  const names = new Map<string, string>();
  return ({ sql }) => {
    const known = names.get(sql);
    if (known !== undefined) return known;
    if (names.size >= maxNamedStatements || !/^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b/i.test(sql)) return unnamed;
    const name = `p${names.size}`;
    names.set(sql, name);
    return name;
  };
}

// pg prepares a statement without a name when it is empty.
const unnamed = "";
