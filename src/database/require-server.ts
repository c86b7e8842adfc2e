import type pg from "pg";
import { ConfigError } from "../config.ts";

const oldestPostgresql = 15;

const pooler =
  "a pooler such as PgBouncer stands before it, which would lose the settings, statements and locks of sessions. The gateway has a pool of its own";

/** Connects once and throws ConfigError, in one line, when this is no database that the gateway can work on. */
export async function requireServer(pool: pg.Pool): Promise<void> {
  let client: pg.PoolClient;
  try {
    client = await pool.connect();
  } catch (error) {
    throw new ConfigError(`DATABASE_URL leads to no usable database: ${explain(error)}.`, { cause: error });
  }
  const { rows } = await client.query<Server>(
    `SELECT current_setting('server_version_num')::integer / 10000 AS version, current_setting('server_encoding') AS encoding,
       current_setting('session_replication_role') AS role, pg_is_in_recovery() AS standby,
       pg_backend_pid() <> $1 AS pooled`,
    [(client as pg.PoolClient & { processID: number }).processID],
  );
  client.release();
  const problem = findProblem(rows[0] as Server);
  if (problem) throw new ConfigError(`DATABASE_URL must lead to ${problem}.`);
}

interface Server {
  version: number;
  encoding: string;
  role: string;
  standby: boolean;
  /** Another server process answers than the connection was told of. */
  pooled: boolean;
}

function findProblem({ version, encoding, role, standby, pooled }: Server): string | undefined {
  if (version < oldestPostgresql) return `PostgreSQL ${oldestPostgresql} or newer; this one is ${version}`;
  if (encoding !== "UTF8")
    return `a database with the encoding UTF8; this one has ${encoding}. Make one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0`;
  if (standby) return "a server that takes writes; this one is a standby";
  if (role !== "origin") return `a database whose triggers run; here session_replication_role is ${role}, not origin`;
  if (pooled) return `the server itself: ${pooler}`;
  return undefined;
}

/** Explains to people why a server cannot be used. */
export function explain(error: unknown): string {
  const { message, code, errors } = error as NodeJS.ErrnoException & { errors?: Error[] };
  if (/client password must be a (non-empty )?string/.test(message))
    return "the server wants a password. Put it into the URL, postgres://user:password@host/database, or into PGPASSWORD";
  if (/unsupported startup parameter/.test(message)) return `it is not the server itself: ${pooler}`;
  return message || errors?.map((each) => each.message).join("; ") || String(code);
}
