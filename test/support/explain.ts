import { type RecordedQuery, testDatabase } from "./database.ts";

interface Plan {
  "Node Type": string;
  "Index Name"?: string;
  "Relation Name"?: string;
  "Actual Rows": number;
  "Actual Loops": number;
  "Rows Removed by Filter"?: number;
  "Rows Removed by Index Recheck"?: number;
  Plans?: Plan[];
}

/**
 * Rows and index entries that a reading statement looks at when it runs again, kept or not, by its indexes: in a small table it would
 * rather look at everything.
 */
export async function rowsScanned({ text, values }: RecordedQuery): Promise<number> {
  const { pool } = await testDatabase();
  const client = await pool.connect();
  try {
    await client.query("SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off");
    const { rows } = await client.query({ text: `EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values });
    return scannedBy(rows[0]["QUERY PLAN"][0].Plan);
  } finally {
    await client.query("RESET enable_seqscan; RESET enable_hashjoin; RESET enable_mergejoin");
    client.release();
  }
}

function scannedBy(plan: Plan): number {
  const { Plans = [], "Actual Loops": loops, "Actual Rows": kept } = plan;
  const removed = (plan["Rows Removed by Filter"] ?? 0) + (plan["Rows Removed by Index Recheck"] ?? 0);
  // The rows of a bitmap are those of its indexes.
  const isScan = plan["Index Name"] !== undefined || plan["Node Type"] === "Seq Scan";
  return (isScan ? (kept + removed) * loops : 0) + Plans.reduce((sum, inner) => sum + scannedBy(inner), 0);
}
