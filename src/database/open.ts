import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { PrismaClient } from "../../prisma/generated/client/client.ts";
import { type Config, ConfigError } from "../config.ts";
import { startEmbedded } from "./embedded.ts";

const CONNECTION_TIMEOUT_MS = 10_000;
const STATEMENT_TIMEOUT_MS = 15_000;
const LOCK_TIMEOUT_MS = 10_000;
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 15_000;
const TRANSACTION_MAX_WAIT_MS = 10_000;
const TRANSACTION_TIMEOUT_MS = 15_000;
const MAX_NAMED_STATEMENTS = 500;

export type Database = PrismaClient;

export interface OpenDatabase {
  db: Database;
  pool: pg.Pool;
  embedded: boolean;
  /** Waits for what is running. */
  close(): Promise<void>;
}

/** Opens the PostgreSQL of `databaseUrl`, or without one the embedded database in `dataDir`. */
export async function openDatabase(config: Pick<Config, "databaseUrl" | "dataDir" | "poolSize">): Promise<OpenDatabase> {
  if (config.databaseUrl) {
    const opened = connect({ connectionString: config.databaseUrl, max: config.poolSize });
    await requireConnection(opened.pool);
    return { ...opened, embedded: false };
  }
  const server = await startEmbedded(config.dataDir);
  const { close, ...opened } = connect(server.connection);
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
export function connect(connection: pg.PoolConfig): Omit<OpenDatabase, "embedded"> {
  const pool = new pg.Pool({
    connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    application_name: "parley",
    keepAlive: true,
    onConnect: prepareSession,
    ...connection,
  });
  pool.on("error", reportLostConnection);
  const adapter = new PrismaPg(pool, { statementNameGenerator: statementNames() });
  const db = new PrismaClient({
    adapter,
    errorFormat: "minimal",
    queryPlanCacheMaxSize: 200,
    transactionOptions: { maxWait: TRANSACTION_MAX_WAIT_MS, timeout: TRANSACTION_TIMEOUT_MS },
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
  await client.query("SET TIME ZONE 'UTC'");
}

function reportLostConnection(error: Error): void {
  console.error(`Lost a database connection: ${error.message}`);
}

/** Names the first statements it sees, so that PostgreSQL parses and plans them once a connection; the rest stay unnamed. */
function statementNames(): (query: { sql: string }) => string {
  const names = new Map<string, string>();
  return ({ sql }) => {
    const known = names.get(sql);
    if (known !== undefined) return known;
    if (names.size >= MAX_NAMED_STATEMENTS || !/^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b/i.test(sql)) return unnamed;
    const name = `p${names.size}`;
    names.set(sql, name);
    return name;
  };
}

// pg prepares a statement without a name when it is empty.
const unnamed = "";
