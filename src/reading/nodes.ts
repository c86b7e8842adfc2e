import { Prisma } from "../../prisma/generated/client/client.ts";
import { requirePermission } from "../caller.ts";
import type { Context } from "../context.ts";
import { DomainError } from "../errors.ts";
import type { NodeType } from "../global-id.ts";
import { badInput, decodeNodeId } from "../rules/parse.ts";
import { concatenate, constant } from "./json-text.ts";
import { customersByExternalId, loaders } from "./loaders.ts";
import { parameter } from "./parameter.ts";
import { needsRead, type RootReader, type SelectedField } from "./reader.ts";
import { recordByIdSql, recordSql } from "./to-one.ts";

/** A reference to a record: by its id, or by another unique column. */
export interface Reference {
  readonly type: NodeType;
  readonly column?: string;
  readonly value: string;
}

const maxNodes = 100;

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

/**
 * A record with its type, or null if the workspace has none, or the mistake in its reference. A mistake does not affect the other
 * references.
 */
export type Found = { readonly type: NodeType; readonly record: object | null } | DomainError;

/** Reads each reference with `parse`, which gets its index. A mistake stands in the place of its reference. */
export function referencesOf<Ref extends Reference>(
  values: readonly unknown[],
  parse: (value: unknown, index: number) => Ref,
): (Ref | DomainError)[] {
  return values.map((value, index) => {
    try {
      return parse(value, index);
    } catch (error) {
      if (error instanceof DomainError) return error;
      throw error;
    }
  });
}

/** The records of these references, in their order. */
export function findRecords(context: Context, references: readonly (Reference | DomainError)[]): Promise<Found[]> {
  return Promise.all(
    references.map(async (reference) => {
      if (reference instanceof DomainError) return reference;
      const { type, column, value } = reference;
      const record = await (column ? customersByExternalId(context) : loaders[type](context)).load(value);
      return { type, record };
    }),
  );
}

/** The references. Throws the first mistake in them. */
export function flawless<Ref extends Reference>(references: readonly (Ref | DomainError)[]): Ref[] {
  return references.map((reference) => {
    if (reference instanceof DomainError) throw reference;
    return reference;
  });
}

function idReference(id: unknown, field: string): Reference {
  const decoded = decodeNodeId(String(id), field);
  return { type: decoded.type, value: decoded.id };
}

// Reads Query.node for the compiler. For the resolvers, Pothos reads it by the loader of its type.
export const node = {
  sql(field: SelectedField<{ id: unknown }>) {
    requirePermission(field.context.caller, "read");
    return recordByIdSql(field, field.read(nodeOf).choice(typeOf), field.read(idOfNode));
  },
};

const nodeOf = ({ id }: { id: unknown }) => idReference(id, "id");
const typeOf = ({ type }: Reference) => type;
const idOfNode = (args: { id: unknown }) => nodeOf(args).value;

/** The records with these ids, in their order: at most 100. */
export const nodes: RootReader<{ ids: readonly unknown[] }, Found[]> = needsRead({
  resolve: (_root, { ids }, context) => findRecords(context, idReferences(ids)),
  sql: (field) => recordsSql(field, flawless(idReferences(field.args.ids))),
});

function idReferences(ids: readonly unknown[]) {
  if (ids.length > maxNodes) throw badInput("ids", "TOO_LONG", `at most ${maxNodes} ids`);
  return referencesOf(ids, (id, index) => idReference(id, `ids.${index}`));
}
