import { Prisma } from "../../prisma/generated/client/client.ts";
import { requirePermission } from "../caller.ts";
import { decodeGlobalId, type NodeType } from "../global-id.ts";
import { knownRecord, maxNodes } from "./finders.ts";
import { concatenate, constant } from "./json-text.ts";
import { parameter } from "./parameter.ts";
import { NotCompiled, type SelectedField } from "./reader.ts";
import { recordSql } from "./to-one.ts";

/** What names a record: its id, or with a column another unique key. */
export interface Reference {
  readonly type: NodeType;
  readonly column?: string;
  readonly value: string;
}

const { sql, raw, join } = Prisma;

/** JSON text of the list of these records, in their order, null where the workspace has none. */
export function recordsSql(field: SelectedField, references: readonly Reference[]): Prisma.Sql {
  if (references.length === 0) return constant("[]");
  const row = field.newRow();
  const kinds = new Map(references.map((reference) => [kindOf(reference), reference]));
  const cases = [...kinds].map(([kind, { type, column }]) => {
    const value = column ? row.column("value") : sql`${row.column("value")}::uuid`;
    return sql`WHEN ${raw(`'${kind}'`)} THEN ${recordSql(field, type, { value, ...(column && { column }) })}`;
  });
  const item = sql`coalesce(CASE ${row.column("kind")} ${join(cases, " ")} END, 'null')`;
  const items = sql`string_agg(${item}, ',' ORDER BY ${row.column("place")})`;
  return sql`(SELECT ${concatenate(["[", items, "]"])} FROM unnest(
    ${parameter(references.map(kindOf), "text[]")}, ${parameter(
      references.map(({ value }) => value),
      "text[]",
    )}) WITH ORDINALITY AS ${row.alias} (kind, value, place))`;
}

function kindOf({ type, column }: Reference): string {
  return column ? `${type}.${column}` : type;
}

function referenceOf(id: unknown): Reference {
  const decoded = decodeGlobalId(String(id));
  if (!decoded) throw new NotCompiled("not an id");
  return { type: decoded.type, value: decoded.id };
}

// What Pothos resolves by the loader of each type, as the compiler reads it.

export const node = {
  sql(field: SelectedField<{ id: unknown }>) {
    requirePermission(field.context.caller, "read");
    const { type, value } = referenceOf(field.args.id);
    return knownRecord(field, type, value);
  },
};

export const nodes = {
  sql(field: SelectedField<{ ids: readonly unknown[] }>) {
    requirePermission(field.context.caller, "read");
    const { ids } = field.args;
    if (ids.length > maxNodes) throw new NotCompiled("too many ids");
    return recordsSql(field, ids.map(referenceOf));
  },
};
