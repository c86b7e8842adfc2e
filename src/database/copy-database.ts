import type pg from "pg";
import { ConfigError } from "../config.ts";
import { setSocketTimeout } from "./socket-timeout.ts";

const rowsAtATime = 1_000;

/** A table: its name in SQL, and its columns without those that PostgreSQL computes. */
interface Table {
  name: string;
  columns: string;
}

/**
 * Copies every row of every table, unchanged, into a database that has the same migrations and no workspace yet. It is one transaction:
 * all or nothing. Triggers are off, because counters and times are copied too; foreign keys are checked at the end. Returns the number of
 * rows by table. The role has to own the tables.
 */
export async function copyDatabase(source: pg.Pool, target: pg.Pool): Promise<Record<string, number>> {
  const [from, to] = [await source.connect(), await target.connect()];
  try {
    for (const client of [from, to]) setSocketTimeout(client, 0);
    await from.query("BEGIN TRANSACTION READ ONLY");
    await to.query(
      "BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL lock_timeout = '1min'",
    );
    await requireEmpty(to);
    const tables = await readTables(from);
    const counts: Record<string, number> = {};
    await withoutChecks(to, tables, async () => {
      for (const table of tables) counts[table.name] = await copyTable(from, to, table);
    });
    await to.query("COMMIT");
    return counts;
  } finally {
    // An uncommitted transaction ends with its connection.
    from.release(true);
    to.release(true);
  }
}

async function requireEmpty(to: pg.ClientBase): Promise<void> {
  const { rows } = await to.query(`SELECT FROM "Workspace" LIMIT 1`);
  if (rows.length > 0) throw new ConfigError("The database to copy to must be empty; it has a workspace already.");
}

async function readTables(from: pg.ClientBase): Promise<Table[]> {
  const { rows } = await from.query<Table>(
    `SELECT quote_ident(relname) AS name, string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS columns
     FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
     WHERE relnamespace = quote_ident(current_schema())::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
       AND relname <> '_prisma_migrations' AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
     GROUP BY relname ORDER BY relname`,
  );
  return rows;
}

/** Runs the copy with triggers off and foreign keys deferred, restores both, and checks. */
async function withoutChecks(to: pg.ClientBase, tables: Table[], copy: () => Promise<void>): Promise<void> {
  const { rows: keys } = await to.query<{ table: string; key: string }>(
    `SELECT conrelid::regclass::text AS "table", quote_ident(conname) AS key FROM pg_constraint
     WHERE contype = 'f' AND NOT condeferrable AND conparentid = 0 AND connamespace = quote_ident(current_schema())::regnamespace`,
  );
  const alterKeys = async (deferral: string) => {
    for (const { table, key } of keys) await to.query(`ALTER TABLE ${table} ALTER CONSTRAINT ${key} ${deferral}`);
  };
  for (const { name } of tables) await to.query(`ALTER TABLE ${name} DISABLE TRIGGER USER`);
  await alterKeys("DEFERRABLE INITIALLY DEFERRED");
  await copy();
  await to.query("SET CONSTRAINTS ALL IMMEDIATE");
  await alterKeys("NOT DEFERRABLE");
  for (const { name } of tables) await to.query(`ALTER TABLE ${name} ENABLE TRIGGER USER`);
}

async function copyTable(from: pg.ClientBase, to: pg.ClientBase, { name, columns }: Table): Promise<number> {
  let count = 0;
  await from.query(`DECLARE copied NO SCROLL CURSOR FOR SELECT to_jsonb(${name})::text AS row FROM ${name}`);
  for (;;) {
    const { rows } = await from.query<{ row: string }>(`FETCH ${rowsAtATime} FROM copied`);
    if (rows.length === 0) break;
    await to.query(
      `INSERT INTO ${name} (${columns}) OVERRIDING SYSTEM VALUE
       SELECT ${columns} FROM jsonb_populate_recordset(NULL::${name}, $1)`,
      [`[${rows.map(({ row }) => row).join()}]`],
    );
    count += rows.length;
  }
  await from.query("CLOSE copied");
  await moveSequences(to, name);
  return count;
}

/** Sets the sequences of the columns behind the copied rows. */
async function moveSequences(to: pg.ClientBase, name: string): Promise<void> {
  const { rows } = await to.query<{ sequence: string; column: string }>(
    `SELECT sequence, quote_ident(attname) AS "column" FROM pg_attribute, pg_get_serial_sequence($1, attname) AS sequence
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND sequence IS NOT NULL`,
    [name],
  );
  for (const { sequence, column } of rows)
    await to.query(`SELECT setval($1, max(${column})) FROM ${name} HAVING max(${column}) IS NOT NULL`, [sequence]);
}
