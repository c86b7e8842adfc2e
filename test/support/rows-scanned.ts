import { type RecordedQuery, testDatabase } from "./database.ts";
import { rowsRead, scansOf } from "./query-plan.ts";

/**
 * Counts the rows and index entries that a reading statement looks at when it runs again. It must use indexes, because PostgreSQL would
 * read a small table as a whole.
 */
export async function rowsScanned({ text, values }: RecordedQuery): Promise<number> {
  const { pool } = await testDatabase();
  const client = await pool.connect();
  try {
    await client.query("SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off");
    const { rows } = await client.query({ text: `EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values });
    return scansOf(rows[0]["QUERY PLAN"][0].Plan).reduce((sum, scan) => sum + rowsRead(scan), 0);
  } finally {
    await client.query("RESET enable_seqscan; RESET enable_hashjoin; RESET enable_mergejoin");
    client.release();
  }
}

/** The plan of a statement as EXPLAIN prints it, with the values that were sent. */
export async function planOf(query: RecordedQuery | undefined): Promise<string> {
  const { pool } = await testDatabase();
  const { rows } = await pool.query(`EXPLAIN ${query?.text}`, query?.values);
  return rows.map((row) => row["QUERY PLAN"]).join("\n");
}
