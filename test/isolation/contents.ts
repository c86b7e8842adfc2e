import { testDatabase } from "../support/database.ts";
import type { World } from "./world.ts";

// The rows of a workspace in the database, for each table that the catalog names.

interface Column {
  table: string;
  column: string;
  type: string;
}

let known: Promise<Column[]> | undefined;

async function readColumns(): Promise<Column[]> {
  const { pool } = await testDatabase();
  const { rows } = await pool.query<Column>(
    `SELECT table_name AS "table", column_name AS "column", data_type AS type FROM information_schema.columns
     WHERE table_name = 'Workspace' OR table_name IN
       (SELECT table_name FROM information_schema.columns WHERE column_name = 'workspaceId')
     ORDER BY 1, 2`,
  );
  return rows;
}

function columns(): Promise<Column[]> {
  known ??= readColumns();
  return known;
}

/** The rows of the table `t` that are the workspaces'. */
function from(table: string): string {
  return `FROM "${table}" t WHERE ${table === "Workspace" ? "id" : '"workspaceId"'} = ANY ($1)`;
}

/** All that the workspaces hold, row by row, each with the transaction that wrote it. */
export async function contentsOf(...worlds: World[]): Promise<{ table: string; xmin: string; row: object }[]> {
  const { pool } = await testDatabase();
  const tables = [...new Set((await columns()).map(({ table }) => table))];
  const selects = tables.map((table) => `SELECT '${table}' AS "table", xmin::text, to_jsonb(t) AS row ${from(table)}`);
  const ids = worlds.map(({ workspace }) => workspace.id);
  return (await pool.query(`${selects.join(" UNION ALL ")} ORDER BY 1, row`, [ids])).rows;
}

/** A text of every column that has any, by the column's name. */
export async function textsOf({ workspace }: World): Promise<Record<string, string>> {
  const { pool } = await testDatabase();
  const texts = { text: (column: string) => `"${column}"`, jsonb: (column: string) => `"${column}"->>'note'` };
  const selects = (await columns()).flatMap(({ table, column, type }) => {
    const value = texts[type as keyof typeof texts]?.(column);
    return value ? [`SELECT '${table}.${column}' AS place, max(${value}) AS text ${from(table)}`] : [];
  });
  const { rows } = await pool.query<{ place: string; text: string | null }>(selects.join(" UNION ALL "), [
    [workspace.id],
  ]);
  return Object.fromEntries(rows.flatMap(({ place, text }) => (text ? [[place, text]] : [])));
}
