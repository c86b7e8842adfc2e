import type pg from "pg";
import { foldText } from "../fold-text.ts";

const batchSize = 1_000;

/**
 * Folds the names without a folded form: they are older than the column, or an older gateway or a person wrote them. It works in batches,
 * so it can be continued. Returns the number of names.
 */
export async function fillSearchNames(client: pg.ClientBase): Promise<number> {
  let filled = 0;
  const { rows: tables } = await client.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.columns
     WHERE table_schema = current_schema() AND column_name = 'searchName'`,
  );
  for (const { name: table } of tables) {
    for (let batch = batchSize; batch === batchSize; filled += batch) batch = await fillBatch(client, table);
  }
  return filled;
}

async function fillBatch(client: pg.ClientBase, table: string): Promise<number> {
  const { rows } = await client.query<{ workspaceId: string; id: string; name: string }>(
    `SELECT "workspaceId", id, name FROM "${table}" WHERE name IS NOT NULL AND "searchName" IS NULL
     ORDER BY "workspaceId", id LIMIT ${batchSize}`,
  );
  const columns = [rows.map((row) => row.workspaceId), rows.map((row) => row.id), rows.map((row) => row.name)];
  await client.query(
    `UPDATE "${table}" r SET "searchName" = folded.text
     FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) AS folded ("workspaceId", id, name, text)
     WHERE r."workspaceId" = folded."workspaceId" AND r.id = folded.id AND r.name = folded.name`,
    [...columns, rows.map((row) => foldText(row.name))],
  );
  return rows.length;
}
