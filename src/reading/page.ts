import { Prisma } from "../../prisma/generated/client/client.ts";
import { badInput } from "../rules/parse.ts";
import { type CursorList, decodeCursor, encodeCursor } from "./cursor.ts";
import type { Known } from "./input.ts";
import type { Order } from "./order.ts";
import type { Plan } from "./read-rows.ts";

/** The number of rows of a page if a client gives none. */
export const defaultPageSize = 30;
/** The same for a list that belongs to a record. It is smaller, because it is often read for every record of another list. */
export const ownedPageSize = 10;
export const maxPageSize = 100;

/** The arguments of a connection, as the Relay cursor connections specification has them. */
export interface PageArgs {
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
}

/** A page to read: `size` rows, from one end of the rows between the cursors. */
export interface PageRequest {
  readonly size: number;
  readonly backward: boolean;
  readonly after: Prisma.Sql | undefined;
  readonly before: Prisma.Sql | undefined;
}

/** A page of a list, in the list's order. */
export interface Page<Row> {
  readonly edges: { cursor: string; node: Row }[];
  readonly pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  };
}

/** How many rows a list has. If it is not exact, there are more. */
export interface Total {
  readonly count: number;
  readonly isExact: boolean;
}

/** A page of a list, and a function for the total: rows are counted up to `atMost`, unless the database keeps the number. */
export interface CountedPage<Row> extends Page<Row> {
  total(atMost: number): Total | Promise<Total>;
}

/** A list in SQL. */
export interface ListedRows {
  readonly order: Order<never>;
  /** FROM and WHERE for the rows, which have the alias `r`. */
  readonly source: Prisma.Sql;
  /** The statement of the whole record of a row, if the source has only its keys. It is read for the rows of the page alone. */
  readonly record?: Prisma.Sql;
  /**
   * The owner of the rows: its column, which comes before those of the order in the index, and its value. Absent if the source is
   * complete.
   */
  readonly owner?: { readonly column: string; readonly value: Prisma.Sql };
  /** The id to which the cursors of the list are bound: as SQL, and as a text if it is known. */
  readonly scope: { readonly sql: Prisma.Sql; readonly id: Known<string> | undefined };
  /** The number of rows as an integer. If rows have to be counted, it is at most one more than `atMost`. */
  total(atMost: number): Prisma.Sql;
  /** Whether they have to be counted. Otherwise the total is exact. */
  readonly isCounted: boolean;
  /** The number of rows of a page if a client gives none. */
  readonly pageSize: number;
  readonly plan: Plan;
}

const { sql, raw, empty } = Prisma;

/** Checks the arguments and reads the cursors of one list (an order within a scope, such as the children of one parent). */
export function parsePage<Row>(
  { order, pageSize: usual }: { order: Order<Row>; pageSize: number },
  scope: string,
  args: PageArgs,
): PageRequest {
  if (typeof args.first === "number" && typeof args.last === "number") {
    throw badInput("last", "FIRST_AND_LAST", "cannot be combined with first");
  }
  return {
    size: pageSize("first", args.first) ?? pageSize("last", args.last) ?? usual,
    backward: typeof args.last === "number",
    after: decodeCursor({ order, scope }, "after", args.after),
    before: decodeCursor({ order, scope }, "before", args.before),
  };
}

function pageSize(field: string, size: number | null | undefined): number | undefined {
  if (size === null || size === undefined) return undefined;
  if (size >= 0 && size <= maxPageSize) return size;
  throw badInput(field, "OUT_OF_RANGE", `must be between 0 and ${maxPageSize}`);
}

/**
 * The statements of a page. `rows` reads at most `limit` rows from the end from which the page is read. `otherSide` exists if a cursor is
 * given: it returns a row if there is one at the cursor or on its other side.
 */
export function pageSql(
  { order, source, record, owner }: Pick<ListedRows, "order" | "source" | "record" | "owner">,
  { backward, after, before }: Omit<PageRequest, "size">,
  limit: Prisma.Sql,
): { rows: Prisma.Sql; otherSide: Prisma.Sql | undefined } {
  const columns = [...(owner ? [`r."${owner.column}"`] : []), ...order.keys];
  const key = raw(`(${columns.join(", ")})`);
  const [later, earlier] = order.descending ? [sql`<`, sql`>`] : [sql`>`, sql`<`];
  const at = (cursor: Prisma.Sql) => (owner ? sql`(${owner.value}, ${cursor})` : sql`(${cursor})`);
  const orderBy = (direction: "ASC" | "DESC") =>
    raw(`ORDER BY ${columns.map((column) => `${column} ${direction}`).join(", ")}`);
  const [onward, back] = order.descending === backward ? (["ASC", "DESC"] as const) : (["DESC", "ASC"] as const);
  // With an equation, the planner would drop the column from the order, and might walk all ids of the table to find the few of the list.
  // With BETWEEN, only the index of the list has the order.
  const all = owner
    ? sql`${source} AND ${raw(columns[0] as string)} BETWEEN ${owner.value} AND ${owner.value}`
    : source;
  const range = sql`${after ? sql`AND ${key} ${later} ${at(after)}` : empty} ${before ? sql`AND ${key} ${earlier} ${at(before)}` : empty}`;
  const cursor = backward ? before : after;
  const page = sql`SELECT r.* ${all} ${range} ${orderBy(onward)} LIMIT ${limit}`;
  return {
    rows: record
      ? sql`SELECT record.*, r.* FROM (${page}) AS r CROSS JOIN LATERAL (${record}) AS record ${orderBy(onward)}`
      : page,
    // It is ordered from the cursor on. Otherwise the planner might read the whole table to find the one row.
    otherSide:
      cursor &&
      sql`SELECT true ${all} AND ${key} ${backward ? later : earlier}= ${at(cursor)} ${orderBy(back)} LIMIT 1`,
  };
}

/** Makes the page of the rows that were read. There is one row more than its size if the list goes on. */
export function pageOf<Row>(
  list: CursorList<Row>,
  { size, backward }: PageRequest,
  { rows, hasOtherSide }: { rows: Row[]; hasOtherSide: boolean },
): Page<Row> {
  const more = rows.length > size;
  const kept = rows.slice(0, size);
  if (backward) kept.reverse();
  const edges = kept.map((node) => ({ cursor: encodeCursor(list, node), node }));
  return {
    edges,
    pageInfo: {
      hasNextPage: backward ? hasOtherSide : more,
      hasPreviousPage: backward ? more : hasOtherSide,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
