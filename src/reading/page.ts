import { Prisma } from "../../prisma/generated/client/client.ts";
import { badInput } from "../rules/parse.ts";

export const defaultPageSize = 30;
export const maxPageSize = 100;

/** The arguments of a connection, as the Relay cursor connections specification has them. */
export interface PageArgs {
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
}

/** A total order of a table's rows (alias `r`) that a cursor names a position in. */
export interface Order<Row> {
  readonly name: string;
  readonly columns: readonly string[];
  readonly descending: boolean;
  keyOf(row: Row): string;
  /** The key as a row of SQL values, or undefined when it is not one. */
  parseKey(key: string): Prisma.Sql | undefined;
}

/** What to read: `limit` rows from one end of what lies between the cursors. */
export interface PageRequest {
  readonly limit: number;
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

/** A page of a list, and how many rows the whole list has: null when there are too many to count. */
export interface CountedPage<Row> extends Page<Row> {
  readonly totalCount: number | null | (() => Promise<number | null>);
}

const { sql } = Prisma;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The order of creation: ids are made by one clock and never change. */
export function orderById<Row extends { id: string }>(name: string, direction: "ASC" | "DESC"): Order<Row> {
  return {
    name,
    columns: ["id"],
    descending: direction === "DESC",
    keyOf: (row) => row.id,
    parseKey: (key) => (uuid.test(key) ? sql`${key}::uuid` : undefined),
  };
}

/** The order of a time, in milliseconds, and of creation within the same one. */
export function orderByTime<Row extends { id: string } & Record<Column, Date>, Column extends string>(
  name: string,
  column: Column,
  descending: boolean,
): Order<Row> {
  return {
    name: `${name}.${column}.${descending ? "DESC" : "ASC"}`,
    columns: [column, "id"],
    descending,
    keyOf: (row) => `${row[column].getTime()}.${row.id}`,
    parseKey: (key) => {
      const [time = "", id = ""] = key.split(".");
      if (!/^\d{1,14}$/.test(time) || !uuid.test(id)) return undefined;
      return sql`${new Date(Number(time))}::timestamptz, ${id}::uuid`;
    },
  };
}

/** Checks the arguments and reads the cursors of one list (an order within a scope, such as the children of one parent). */
export function parsePage<Row>(order: Order<Row>, scope: string, args: PageArgs): PageRequest {
  if (typeof args.first === "number" && typeof args.last === "number") {
    throw badInput("last", "FIRST_AND_LAST", "cannot be combined with first");
  }
  return {
    limit: pageSize("first", args.first) ?? pageSize("last", args.last) ?? defaultPageSize,
    backward: typeof args.last === "number",
    after: decodeCursor(order, scope, "after", args.after),
    before: decodeCursor(order, scope, "before", args.before),
  };
}

function pageSize(field: string, size: number | null | undefined): number | undefined {
  if (size === null || size === undefined) return undefined;
  if (size >= 0 && size <= maxPageSize) return size;
  throw badInput(field, "OUT_OF_RANGE", `must be between 0 and ${maxPageSize}`);
}

/** Whose rows are listed: those with this value in the column that stands before the order's in its index. */
export interface Within {
  readonly column: string;
  readonly value: Prisma.Sql;
}

/**
 * The rows within, said so that only the list's own index has their order: where the column is equal to something, the planner
 * drops it from the order, and may walk all ids there are to find the few that are listed.
 */
export function inside({ column, value }: Within): Prisma.Sql {
  return sql`${Prisma.raw(`r."${column}"`)} BETWEEN ${value} AND ${value}`;
}

/** SQL that reads one row more than the page, to know whether there is more, and `behind`: the row next to the cursor on its other side. */
export function pageClauses<Row>(order: Order<Row>, { limit, backward, after, before }: PageRequest, within?: Within) {
  const columns = [...(within ? [within.column] : []), ...order.columns].map((column) => `r."${column}"`);
  const key = Prisma.raw(`(${columns.join(", ")})`);
  const [later, earlier] = order.descending ? [sql`<`, sql`>`] : [sql`>`, sql`<`];
  const at = (cursor: Prisma.Sql) => (within ? sql`(${within.value}, ${cursor})` : sql`(${cursor})`);
  const orderBy = (direction: "ASC" | "DESC") =>
    Prisma.raw(`ORDER BY ${columns.map((column) => `${column} ${direction}`).join(", ")}`);
  const [onward, back] = order.descending === backward ? (["ASC", "DESC"] as const) : (["DESC", "ASC"] as const);
  const cursor = backward ? before : after;
  return {
    between: sql`${after ? sql`AND ${key} ${later} ${at(after)}` : Prisma.empty} ${before ? sql`AND ${key} ${earlier} ${at(before)}` : Prisma.empty}`,
    orderBy: orderBy(onward),
    limit: sql`LIMIT ${limit + 1}`,
    // From the cursor on: in any other order, the planner may read the whole table to find the one row.
    behind: cursor && sql`AND ${key} ${backward ? later : earlier}= ${at(cursor)} ${orderBy(back)} LIMIT 1`,
  };
}

/** The page made of the rows that `pageClauses` reads. */
export function pageOf<Row>(
  order: Order<Row>,
  scope: string,
  request: PageRequest,
  rows: Row[],
  beyond: boolean,
): Page<Row> {
  const more = rows.length > request.limit;
  const kept = rows.slice(0, request.limit);
  if (request.backward) kept.reverse();
  const edges = kept.map((node) => ({ cursor: encodeCursor(order, scope, node), node }));
  return {
    edges,
    pageInfo: {
      hasNextPage: request.backward ? beyond : more,
      hasPreviousPage: request.backward ? more : beyond,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

// A cursor is a position in one list: version, order, the tail of the scope's id, key. It outlives the row it was made from.
function encodeCursor<Row>(order: Order<Row>, scope: string, row: Row): string {
  return cursorOf(order.name, scope, order.keyOf(row));
}

function cursorOf(name: string, scope: string, key: string): string {
  return Buffer.from(`1:${name}:${scope.slice(-12)}:${key}`).toString("base64url");
}

function decodeCursor<Row>(order: Order<Row>, scope: string, field: string, cursor: string | null | undefined) {
  if (cursor === null || cursor === undefined) return undefined;
  const key = Buffer.from(cursor, "base64url").toString().split(":").at(3);
  const parsed = key === undefined || cursorOf(order.name, scope, key) !== cursor ? undefined : order.parseKey(key);
  if (!parsed) throw badInput(field, "INVALID_CURSOR", "is not a cursor of this list");
  return parsed;
}
