import { Prisma } from "../../prisma/generated/client/client.ts";
import { concatenate } from "./json-text.ts";
import type { Row, SelectedField } from "./reader.ts";

const { sql, raw } = Prisma;

/**
 * The JSON texts of the objects in a jsonb array of at most `max` items. Each has a comma before it, except the first one of a list;
 * missing items are ''. There is one expression for each index, because a sharded database refuses set-returning functions in a subquery.
 */
export function jsonObjects(
  field: SelectedField,
  array: Prisma.Sql,
  { max, first }: { max: number; first: "begins the list" | "goes on" },
): Prisma.Sql[] {
  return Array.from({ length: max }, (_, index) => {
    const object = sql`${array} -> ${raw(String(index))}`;
    const row: Row = { alias: array, id: undefined, column: (name) => sql`(${object} ->> ${raw(`'${name}'`)})` };
    const text = concatenate([index === 0 && first === "begins the list" ? "" : ",", field.object(row)]);
    return sql`CASE WHEN jsonb_array_length(${array}) > ${raw(String(index))} THEN ${text} ELSE '' END`;
  });
}
