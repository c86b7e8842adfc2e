import { userInfo } from "node:os";
import pg from "pg";
import { parse } from "pg-connection-string";
import { ConfigError } from "../config.ts";

/** The schema of the tables if the URL names none, as in Prisma. */
const defaultSchema = "public";

const sslModes = ["disable", "no-verify", "require", "verify-ca", "verify-full"];

/** The parameters that a URL may have. pg would ignore others, or let them replace the gateway's timeouts. */
const parameters = [
  ...["host", "port", "user", "password", "schema", "options", "application_name"],
  ...["sslmode", "sslrootcert", "sslcert", "sslkey", "sslnegotiation"],
];

// As in libpq, the user is that of the process if it is named nowhere. pg only reads the variable USER, which services do not have.
pg.defaults.user ??= userName();

interface DatabaseUrl {
  connection: pg.PoolConfig;
  /** The schema in which the tables are. */
  schema: string;
}

/**
 * Reads a database URL. Every parameter means the same as in libpq, and `schema` the same as in Prisma. Throws ConfigError for another
 * parameter or a wrong value. The error does not show the value.
 */
export function parseDatabaseUrl(url: string, variable = "DATABASE_URL"): DatabaseUrl {
  try {
    return parseUrl(url);
  } catch (error) {
    throw error instanceof WrongUrl ? new ConfigError(`${variable} ${error.message}.`) : error;
  }
}

class WrongUrl extends Error {}

function parseUrl(url: string): DatabaseUrl {
  const given = new URL(url).searchParams;
  const unknown = [...given.keys()].filter((name) => !parameters.includes(name));
  if (unknown.length > 0)
    throw new WrongUrl(`has the parameter ${unknown.join(", ")}, but may have ${parameters.join(", ")}`);
  const sslmode = given.get("sslmode");
  if (sslmode !== null && !sslModes.includes(sslmode))
    throw new WrongUrl(`must have an sslmode of ${sslModes.join(", ")}`);
  if (sslmode === "verify-ca" && !given.has("sslrootcert"))
    throw new WrongUrl("must name the file with the certificate of the CA as sslrootcert when sslmode is verify-ca");
  const schema = given.get("schema") ?? defaultSchema;
  if (!/^[A-Za-z_]\w{0,62}$/.test(schema))
    throw new WrongUrl("must have a schema of 1 to 63 letters, digits and underscores that begins with no digit");
  return { connection: readConnection(url, sslmode), schema };
}

function readConnection(url: string, sslmode: string | null): pg.PoolConfig {
  try {
    // In node-postgres, `require` and `verify-ca` mean `verify-full`. In libpq, `no-verify` does not exist.
    const parsed = parse(url, { useLibpqCompat: sslmode !== "no-verify" });
    const { host, port, user, password, database, options, application_name, ssl = false, sslnegotiation } = parsed;
    const connection = { host, port: port ? Number(port) : undefined, user, password, database, options, ssl };
    return { ...connection, sslnegotiation, ...(application_name && { application_name }) } as pg.PoolConfig;
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    throw new WrongUrl(code && path ? `names the file ${path}, which cannot be read: ${code}` : "cannot be understood");
  }
}

/** Undefined for a user who has no name, as in some containers. */
function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}
