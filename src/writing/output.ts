import { Prisma } from "../../prisma/generated/client/client.ts";
import type { Database } from "../database/open.ts";
import { sendForText } from "../database/read-text.ts";

type Sql = Prisma.Sql;

const { sql } = Prisma;

/** The columns in which a statement returns a record, and how the statement is sent. Its row has the alias `record` there. */
export interface Columns<R> {
  readonly sql: Sql;
  send<Beside = unknown>(db: Pick<Database, "$queryRaw">, statement: Sql): Promise<(R & Beside)[]>;
}

/** How an operation returns its record: as a whole, or as the JSON text of the selection. */
export interface Output<R> {
  /** For a statement that only reads. */
  readonly found: Columns<R>;
  /** For a statement that has just written the record. It sees other rows as they were before. */
  readonly written: Columns<R>;
}

/** A record of which only the selection was read. `answer` is NULL if the resolvers have to find the error. */
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

/** The JSON text of a selection, sent through the driver adapter. */
export function selectedColumns(answer: Sql): Columns<SelectedRecord> {
  return {
    sql: sql`record.id, ${answer} AS answer`,
    send: async <Beside>(db: Pick<Database, "$queryRaw">, statement: Sql) =>
      (await sendForText(db as Database, statement)) as (SelectedRecord & Beside)[],
  };
}
