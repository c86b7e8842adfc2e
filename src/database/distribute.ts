import pg from "pg";
import { requireMigrations } from "./migrate.ts";
import { onAllNodes, type Queryable, requireCitus, requireNodes } from "./require-citus.ts";
import { sessionSettings } from "./session.ts";
import { setSocketTimeout } from "./socket-timeout.ts";

/** Every node has a full copy of these tables: keys are looked up there, and they have few rows. */
const references = ["Workspace", "Member", "Integration", "ApiKey"];

/** A trigger on a shard writes to the tables that stand beside it, which Citus refuses otherwise. */
const nested = { "citus.allow_nested_distributed_execution": "on", "citus.enable_unsafe_triggers": "on" };

/**
 * These are settings of the database on every node. The coordinator opens the sessions at the workers, without the settings of the
 * gateway's session.
 */
const settings = Object.entries({ ...nested, ...sessionSettings });

interface Step {
  /** Describes the step for people. */
  text: string;
  run(client: pg.ClientBase): Promise<unknown>;
}

/**
 * The steps that are left until the database of a Citus coordinator is spread over its nodes by workspace. It is empty if all is done.
 * Throws ConfigError, and changes nothing, on a plain PostgreSQL, on nodes that are not prepared, or without this version's migrations.
 */
export async function planDistribution(pool: pg.Pool): Promise<Step[]> {
  await requireCitus(pool);
  await requireNodes(pool);
  await requireMigrations(pool);
  return [...(await planSettings(pool)), ...(await planTables(pool)), ...(await planFunctions(pool))];
}

/** Runs the steps in one transaction. Those of nodes come before it; they may be repeated. */
export async function distribute(pool: pg.Pool): Promise<void> {
  for (const step of await planSettings(pool)) await withClient(pool, step.run);
  // Only a new connection has the settings of its database.
  await withClient(pool, async (client) => {
    await client.query(
      "BEGIN; SET LOCAL citus.multi_shard_modify_mode = 'sequential'; SET LOCAL client_min_messages = warning",
    );
    for (const [name, value] of Object.entries(nested)) await client.query(`SET LOCAL ${name} = ${value}`);
    for (const step of [...(await planTables(client)), ...(await planFunctions(client))]) await step.run(client);
    await client.query("COMMIT");
  });
}

async function withClient(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<unknown>): Promise<void> {
  const client = await pool.connect();
  try {
    setSocketTimeout(client, 0);
    await client.query("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0");
    await work(client);
  } finally {
    // The end of the connection ends its settings and an open transaction.
    client.release(true);
  }
}

async function planSettings(db: Queryable): Promise<Step[]> {
  const wanted = settings.map(([name, value]) => pg.escapeLiteral(`${name}=${value}`));
  const answers = await onAllNodes(
    db,
    `SELECT count(*) FROM pg_db_role_setting, unnest(setconfig) AS setting
     WHERE setrole = 0 AND setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND setting IN (${wanted.join(", ")})`,
  );
  const lacking = answers.filter(({ result }) => Number(result) < settings.length);
  if (lacking.length === 0) return [];
  const { rows } = await db.query("SELECT quote_ident(current_database()) AS name");
  const commands = settings.map(
    ([name, value]) => `ALTER DATABASE ${rows[0].name} SET ${name} = ${pg.escapeLiteral(value)}`,
  );
  return [
    {
      text: `on ${lacking.map(({ node }) => node).join(", ")}: ${commands.join("; ")}`,
      run: (client) => onAllNodes(client, ["SET citus.enable_ddl_propagation = off", ...commands].join("; ")),
    },
  ];
}

/** The tables that are not spread yet. Their foreign keys are dropped first. */
async function planTables(db: Queryable): Promise<Step[]> {
  const { rows: tables } = await db.query<{ name: string; place: string; spread: boolean; owned: boolean }>(
    `SELECT relname AS name, pg_class.oid::regclass::text AS place, logicalrelid IS NOT NULL AS spread,
       EXISTS (SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'workspaceId') AS owned
     FROM pg_class LEFT JOIN pg_dist_partition ON logicalrelid = pg_class.oid AND (partmethod <> 'n' OR repmodel = 't')
     WHERE relnamespace = quote_ident(current_schema())::regnamespace AND relkind = 'r' ORDER BY relname <> 'Conversation', relname`,
  );
  const left = tables.filter(({ spread }) => !spread);
  const whole = references.filter((name) => left.some((table) => table.name === name));
  const byWorkspace = left.filter(({ name, owned }) => owned && !references.includes(name));
  const steps: Step[] = [];
  for (const name of whole) {
    const place = `"${name}"`;
    steps.push({
      text: `${place}: whole on every node`,
      run: (client) => client.query("SELECT create_reference_table($1)", [place]),
    });
  }
  for (const { name, place } of byWorkspace) {
    const beside = name === "Conversation" ? "none" : '"Conversation"';
    steps.push({
      text: `${place}: by "workspaceId"`,
      run: (client) =>
        client.query(`SELECT create_distributed_table($1::text, 'workspaceId', colocate_with => $2::text)`, [
          place,
          beside,
        ]),
    });
  }
  return steps.length === 0 ? [] : withoutForeignKeys(db, steps, [...whole, ...byWorkspace.map(({ name }) => name)]);
}

/** A table that is not spread may not refer to one that is. Therefore their foreign keys are created again at the end. */
async function withoutForeignKeys(db: Queryable, steps: Step[], tables: string[]): Promise<Step[]> {
  const { rows: keys } = await db.query<{ place: string; name: string; definition: string }>(
    `SELECT key.conrelid::regclass::text AS place, quote_ident(key.conname) AS name, pg_get_constraintdef(key.oid) AS definition
     FROM pg_constraint key JOIN pg_class own ON own.oid = key.conrelid JOIN pg_class other ON other.oid = key.confrelid
     WHERE key.contype = 'f' AND own.relnamespace = quote_ident(current_schema())::regnamespace AND (own.relname = ANY ($1) OR other.relname = ANY ($1))
     ORDER BY key.oid`,
    [tables],
  );
  const each = (make: (key: (typeof keys)[0]) => string) => async (client: pg.ClientBase) => {
    for (const key of keys) await client.query(make(key));
  };
  return [
    {
      text: `${keys.length} foreign keys: dropped`,
      run: each(({ place, name }) => `ALTER TABLE ${place} DROP CONSTRAINT ${name}`),
    },
    ...steps,
    {
      text: `${keys.length} foreign keys: made again`,
      run: each(({ place, name, definition }) => `ALTER TABLE ${place} ADD CONSTRAINT ${name} ${definition}`),
    },
  ];
}

/** The functions that triggers and other functions call. Citus itself copies only those that a table names. */
async function planFunctions(db: Queryable): Promise<Step[]> {
  const { rows } = await db.query<{ name: string }>(
    `SELECT pg_proc.oid::regprocedure::text AS name FROM pg_proc
     WHERE pronamespace = quote_ident(current_schema())::regnamespace
       AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e')
       AND NOT EXISTS (SELECT FROM pg_dist_object WHERE pg_dist_object.classid = 'pg_proc'::regclass AND pg_dist_object.objid = pg_proc.oid)
     ORDER BY 1`,
  );
  return rows.map(({ name }) => ({
    text: `${name}: on every node`,
    run: (client) => client.query("SELECT create_distributed_function($1)", [name]),
  }));
}
