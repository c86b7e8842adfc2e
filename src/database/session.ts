import type pg from "pg";

/** The settings on which statements and their answers depend. They replace those of server, database, role, PGOPTIONS and URL. */
export const sessionSettings: Readonly<Record<string, string>> = {
  client_encoding: "UTF8",
  // Prisma's adapter sends and reads times without their offset.
  TimeZone: "UTC",
  DateStyle: "ISO, YMD",
  IntervalStyle: "postgres",
  bytea_output: "hex",
  extra_float_digits: "1",
  standard_conforming_strings: "on",
  transform_null_equals: "off",
  array_nulls: "on",
  default_transaction_isolation: "read committed",
  default_transaction_read_only: "off",
  default_transaction_deferrable: "off",
  row_security: "on",
  check_function_bodies: "on",
  // With a value above 0, an index may leave out rows.
  gin_fuzzy_search_limit: "0",
  idle_session_timeout: "0",
  // Reading a page takes less time than compiling its plan.
  jit: "off",
};

/** The extensions that the migrations make or find, wherever these are. */
const extensions = ["btree_gin", "pg_trgm"];

/**
 * Gives a new connection the session that the program expects, with the tables of `schema`. The embedded database has one session
 * for all connections, so the statements that an earlier connection prepared are dropped. Answers whether Citus spreads tables over
 * shards in this database.
 */
export async function prepareSession(client: pg.ClientBase, schema: string): Promise<boolean> {
  await client.query("DISCARD ALL");
  const { rows } = await client.query<{ spread: boolean }>(
    `SELECT set_config(name, value, false), false AS spread FROM jsonb_each_text($1) AS wanted (name, value)
     WHERE current_setting(name, true) IS NOT NULL
     UNION ALL
     SELECT set_config('search_path', concat_ws(', ', quote_ident($2), string_agg(DISTINCT quote_ident(nspname), ', ')), false), false
     FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace
     WHERE extname = ANY ($3) AND nspname <> $2
     UNION ALL
     SELECT NULL, to_regclass('pg_catalog.pg_dist_partition') IS NOT NULL`,
    [JSON.stringify(sessionSettings), schema, extensions],
  );
  return rows.some(({ spread }) => spread);
}
