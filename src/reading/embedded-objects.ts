import { Prisma } from "../../prisma/generated/client/client.ts";
import { concatenate } from "./json-text.ts";
import type { Row, SelectedField } from "./reader.ts";

const { sql, raw } = Prisma;

/**
 * JSON texts of the objects in a jsonb array of at most `max`, each with a comma before it, but for the first in a list of its own;
 * '' where there are fewer. One expression for each place: a sharded database refuses set-returning functions below another query.
 */
export function embeddedObjects(
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
