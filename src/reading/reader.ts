import type { Prisma } from "../../prisma/generated/client/client.ts";
import { requirePermission } from "../caller.ts";
import type { Context } from "../context.ts";
import type { Input, Known } from "./input.ts";
import type { ListedRows } from "./page.ts";

// How to declare a field. A column needs nothing: `t.exposeString("name")`. Everything else is a reader: it declares a value once and
// reads it in two ways. `...readBy(reader)` in the options of the field gives the field both.
//
//   toOne("Customer", "customerId")                         the record behind a foreign key, or null
//   required(toOne("Member", "memberId"))                   the same where there has to be one
//   toActor("authorMemberId", "authorCustomerId")           the member or the customer in one of two columns
//   ownedList({ table, ownerColumn, order, totalColumns })  a connection of the rows that have the record's id in a column
//   firstOf(messages)                                       the first of such a list, or null
//   relatedRows({ table, key, rows })                       any other short list, given the SQL of its rows
//   countOf(ancestors)                                      the number of such rows
//   needsRead(reader)                                       only for callers with the permission to read
//   { resolve, sql }                                        any other value
//
// test/compile/differential.test.ts compares the two on random operations, and fails for a field that it never saw compiled.

type Sql = Prisma.Sql;

/** A field's value, read by `resolve` for one record, or by `sql` as a part of the one statement that answers an operation. */
export interface Reader<Parent, Args, Result> {
  resolve(parent: Parent, args: Args, context: Context): Result | Promise<Result>;
  /** An SQL expression for the JSON text of the field. If it is NULL, or if this throws, the resolvers answer. */
  sql(field: SelectedField<Args>): Sql;
}

/** The reader of a field of Query. It may ask the database while it makes its statement. */
export interface RootReader<Args, Result> {
  resolve(root: unknown, args: Args, context: Context): Result | Promise<Result>;
  sql(field: SelectedField<Args>): Sql | Promise<Sql>;
}

/** A field of an operation that becomes a statement. */
export interface SelectedField<Args = unknown> {
  readonly context: Context;
  /** The arguments. If a reader looks at them here, and they hold a variable, the statement answers this request only. */
  readonly args: Args;
  /**
   * Reads something from the arguments, and perhaps from another value besides. The statement is kept, and the same is read again for
   * the next requests.
   */
  read<T>(read: (args: Args) => T, besides?: Known<unknown>): Input<T>;
  /** The row of the record to which the field belongs. */
  readonly row: Row;
  /** The same field of another record, perhaps with other arguments. */
  on(row: Row, change?: (args: Args) => Args): SelectedField<Args>;
  /** A new row to read from, with an alias of its own, and with its id if that is known. */
  newRow(id?: Known<string>): Row;
  /** The JSON text of the selection below, for a record of the field's type or of the type given. */
  object(row: Row, type?: string): Sql;
  /** The JSON text of the selection below, for a page. */
  page(rows: ListedRows): Sql;
}

/** A row in a statement. */
export interface Row {
  readonly alias: Sql;
  readonly id: Known<string> | undefined;
  column(name: string): Sql;
}

/** Is thrown if only the resolvers can answer. */
export class NotCompiled extends Error {
  override readonly name = "NotCompiled";
}

/** An object whose fields are read from the same record. */
export const sameRecord = {
  resolve: <T>(record: T): T => record,
  sql: (field: SelectedField): Sql => field.object(field.row),
};

/** The same reader, but it throws FORBIDDEN for callers without the permission to read. */
export function needsRead<Parent, Args, Result>(reader: Reader<Parent, Args, Result>): Reader<Parent, Args, Result>;
export function needsRead<Args, Result>(reader: RootReader<Args, Result>): RootReader<Args, Result>;
export function needsRead<Parent, Args, Result>(
  reader: Pick<Reader<Parent, Args, Result>, "resolve"> & Pick<RootReader<Args, Result>, "sql">,
): unknown {
  return {
    resolve(parent: Parent, args: Args, context: Context) {
      requirePermission(context.caller, "read");
      return reader.resolve(parent, args, context);
    },
    sql(field: SelectedField<Args>) {
      requirePermission(field.context.caller, "read");
      return reader.sql(field);
    },
  };
}
