import { Prisma } from "../../prisma/generated/client/client.ts";
import type { Database } from "../database/open.ts";
import { sendForText } from "../database/read-text.ts";

type Sql = Prisma.Sql;

const { sql } = Prisma;

/** The columns in which a statement returns a record, whose row is called `record` there, and how the statement is sent for them. */
export interface Columns<R> {
  readonly sql: Sql;
  send<Beside = unknown>(db: Pick<Database, "$queryRaw">, statement: Sql): Promise<(R & Beside)[]>;
}

/** How an operation returns its record: the whole of it, or the JSON text of what is selected of it. */
export interface Output<R> {
  /** Of a statement that only reads. */
  readonly found: Columns<R>;
  /** Of the statement that has just written the record: other rows are in it as they were before. */
  readonly written: Columns<R>;
}

/** A record of which only the selection was read. `answer` is NULL where the resolvers have to say why it cannot be. */
export interface SelectedRecord {
  readonly id: string;
  readonly answer: string | null;
}

/** All columns of a record, for resolvers. */
function wholeColumns<R>(): Columns<R> {
  return { sql: sql`record.*`, send: (db, statement) => db.$queryRaw(statement) };
}

export function wholeRecord<R>(): Output<R> {
  return { found: wholeColumns(), written: wholeColumns() };
}

/** The JSON text of a selection, by the driver adapter. */
export function selectedColumns(answer: Sql): Columns<SelectedRecord> {
  return {
    sql: sql`record.id, ${answer} AS answer`,
    send: async <Beside>(db: Pick<Database, "$queryRaw">, statement: Sql) =>
      (await sendForText(db as Database, statement)) as (SelectedRecord & Beside)[],
  };
}
