import { Prisma } from "../../prisma/generated/client/client.ts";
import { DomainError } from "../errors.ts";
import type { Input, Known } from "./input.ts";
import { orNull } from "./json-text.ts";
import { loaders, type Records } from "./loaders.ts";
import { parameter } from "./parameter.ts";
import type { Reader, Row, SelectedField } from "./reader.ts";

const { sql, raw } = Prisma;

type ForeignKey<Column extends string> = { readonly [K in Column]: string | null };

/** The record whose id stands in a column, or null. */
export function toOne<Type extends keyof Records, Column extends string>(
  type: Type,
  column: Column,
): Reader<ForeignKey<Column>, unknown, Records[Type] | null> {
  return {
    resolve: ({ [column]: id }, _args, context) => (id ? loaders[type](context).load(id) : null),
    sql: (field) => orNull(recordSql(field, type, { value: field.row.column(column) })),
  };
}

/** The member or the customer whose id stands in one of two columns, or null. */
export function toActor<Member extends string, Customer extends string>(
  memberColumn: Member,
  customerColumn: Customer,
): Reader<ForeignKey<Member> & ForeignKey<Customer>, unknown, Records["Member"] | Records["Customer"] | null> {
  const [member, customer] = [toOne("Member", memberColumn), toOne("Customer", customerColumn)];
  return {
    resolve: (row, args, context) => (row[memberColumn] ? member : customer).resolve(row, args, context),
    sql: (field) =>
      sql`CASE WHEN ${field.row.column(memberColumn)} IS NOT NULL THEN ${member.sql(field)} ELSE ${customer.sql(field)} END`,
  };
}

/** The same reader for a record that has to be there. Throws NOT_FOUND if it was deleted between two statements. */
export function required<Parent, Args, Result>(
  reader: Reader<Parent, Args, Result | null>,
): Reader<Parent, Args, NonNullable<Result>> {
  return {
    async resolve(parent, args, context) {
      const record = await reader.resolve(parent, args, context);
      if (!record) throw new DomainError("NOT_FOUND", "The record was deleted meanwhile.", { reason: "RECORD" });
      return record;
    },
    sql: (field) => sql`nullif(${reader.sql(field)}, 'null')`,
  };
}

interface Wanted {
  /** The column whose value finds the record. Absent: the id. */
  readonly column?: string;
  readonly value: Prisma.Sql;
  /** The id, where it is known. */
  readonly id?: Known<string>;
  /** The JSON text of the record's row. Absent: the selected fields. */
  readonly text?: (row: Row) => Prisma.Sql;
}

/** JSON text of a record in the caller's workspace, found by a unique column. NULL if there is none. */
export function recordSql(field: SelectedField, type: keyof Records, wanted: Wanted): Prisma.Sql {
  const { column = "id", value, id, text = (row) => field.object(row, type) } = wanted;
  const row = field.newRow(id);
  const workspace = row.column(type === "Workspace" ? "id" : "workspaceId");
  return sql`(SELECT ${text(row)} FROM ${raw(`"${type}"`)} AS ${row.alias}
    WHERE ${workspace} = ${parameter(field.context.caller.workspaceId, "uuid")} AND ${row.column(column)} = ${value})`;
}

/** JSON text of the record with this id. Its lists can be paged through, since their cursors name it. */
export function recordByIdSql(field: SelectedField, type: keyof Records, id: Input<string>): Prisma.Sql {
  return orNull(recordSql(field, type, { value: id.part(uuidSql), id }));
}

/** An id as a value of a statement. */
export const uuidSql = (id: string) => parameter(id, "uuid");
