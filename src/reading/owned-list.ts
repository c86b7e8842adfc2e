import DataLoader from "dataloader";
import { Prisma } from "../../prisma/generated/client/client.ts";
import type { Caller } from "../caller.ts";
import { type Context, perRequest } from "../context.ts";
import { groupByOwner } from "./group-by-owner.ts";
import { orNull } from "./json-text.ts";
import type { Listed } from "./loaders.ts";
import type { Order } from "./order.ts";
import {
  type CountedPage,
  type ListedRows,
  ownedPageSize,
  type Page,
  type PageArgs,
  type PageRequest,
  pageOf,
  pageSql,
  parsePage,
  type Total,
} from "./page.ts";
import { parameter } from "./parameter.ts";
import type { Reader } from "./reader.ts";
import { totalCounted } from "./total.ts";

/** A list that belongs to one record, such as the children of a conversation: rows of `table` whose `ownerColumn` is its id. */
interface OwnedList<Type extends keyof Listed, Counter extends string> {
  readonly table: Type;
  /** Absent: `from` gives the rows of one owner. */
  readonly ownerColumn?: string;
  /** The order. An index has its columns after that of the owner. */
  readonly order: Order<Listed[Type]>;
  /** The columns of the owner whose sum is the number of rows. Absent: the rows are counted when a client asks. */
  readonly totalColumns?: readonly Counter[];
  /** FROM and WHERE of the rows (alias `r`), if they are not simply the rows of the table. It may give the rows of all owners. */
  from?(workspace: Prisma.Sql, ownerId: Prisma.Sql): Prisma.Sql;
  /** The statement of the whole record of a row (alias `r`), if `from` gives only keys. */
  recordOf?(workspace: Prisma.Sql): Prisma.Sql;
  /** A condition on the rows (alias `r`). The index should contain only such rows, because otherwise all rows would be read. */
  readonly condition?: Prisma.Sql;
}

type Owner<Counter extends string> = { readonly id: string } & { readonly [K in Counter]: number };

const { sql, raw, join, empty } = Prisma;

interface ListReader<Type extends keyof Listed, Counter extends string>
  extends Reader<Owner<Counter>, PageArgs, CountedPage<Listed[Type]>> {
  readonly list: OwnedList<Type, Counter>;
}

/** Makes the reader of an owned list: all owners asked with the same arguments in one tick share one statement. */
export function ownedList<Type extends keyof Listed, Counter extends string>(
  list: OwnedList<Type, Counter>,
): ListReader<Type, Counter> {
  const pages = perRequest(() => new Map<string, DataLoader<string, Page<Listed[Type]>>>());
  const counters = perRequest(() => new Map<number, DataLoader<string, Total>>());
  const loaderOf = (context: Context, key: string, request: PageRequest) => {
    const known = pages(context);
    const loader = known.get(key) ?? new DataLoader((ids) => readPages(context, list, { ownerIds: ids, request }));
    known.set(key, loader);
    return loader;
  };
  const counterOf = (context: Context, atMost: number) => {
    const known = counters(context);
    const counter = known.get(atMost) ?? new DataLoader((ids) => countRows(context, list, { ownerIds: ids, atMost }));
    known.set(atMost, counter);
    return counter;
  };
  return {
    list,
    async resolve(owner, { first, after, last, before }, context) {
      const request = parsePage({ order: list.order, pageSize: ownedPageSize }, owner.id, {
        first,
        after,
        last,
        before,
      });
      const page = await loaderOf(context, JSON.stringify([first, after, last, before]), request).load(owner.id);
      const count = list.totalColumns?.reduce((sum, column) => sum + owner[column], 0);
      const total = (atMost: number) =>
        count === undefined ? counterOf(context, atMost).load(owner.id) : { count, isExact: true };
      return { ...page, total };
    },
    sql(field) {
      const { row, context } = field;
      const owned = rowsOf(list, context.caller, row.column("id"));
      const scope = { sql: row.column("id"), id: row.id };
      const columns = list.totalColumns?.map((column) => row.column(column));
      const total = (atMost: number) =>
        columns ? sql`(${join(columns, " + ")})` : countSql(list, context.caller, { id: row.column("id"), atMost });
      const isCounted = columns === undefined;
      return field.page({ ...owned, ...{ scope, total, isCounted, pageSize: ownedPageSize, plan: "kept" } });
    },
  };
}

/** The first row of an owned list, or null. */
export function firstOf<Type extends keyof Listed, Counter extends string>({
  list,
  resolve,
}: ListReader<Type, Counter>): Reader<Owner<Counter>, unknown, Listed[Type] | null> {
  return {
    async resolve(owner, _args, context) {
      const { edges } = await resolve(owner, { first: 1 }, context);
      return edges[0]?.node ?? null;
    },
    sql(field) {
      const row = field.newRow();
      const { rows } = pageSql(
        rowsOf(list, field.context.caller, field.row.column("id")),
        firstRow,
        parameter(1, "int"),
      );
      return orNull(sql`(SELECT ${field.object(row)} FROM (${rows}) AS ${row.alias})`);
    },
  };
}

const firstRow: PageRequest = { size: 1, backward: false, after: undefined, before: undefined };

function rowsOf<Type extends keyof Listed>(
  { table, ownerColumn, order, condition, from, recordOf }: OwnedList<Type, string>,
  caller: Caller,
  ownerId: Prisma.Sql,
): Pick<ListedRows, "order" | "source" | "record" | "owner"> {
  const others = condition ? sql`AND ${condition}` : empty;
  const workspace = parameter(caller.workspaceId, "uuid");
  const all = from?.(workspace, ownerId) ?? sql`FROM ${raw(`"${table}" r`)} WHERE r."workspaceId" = ${workspace}`;
  return {
    order,
    source: sql`${all} ${others}`,
    ...(recordOf && { record: recordOf(workspace) }),
    ...(ownerColumn && { owner: { column: ownerColumn, value: ownerId } }),
  };
}

/** How many rows an owner has: at most one more than `atMost`. */
function countSql<Type extends keyof Listed>(
  list: OwnedList<Type, string>,
  caller: Caller,
  { id, atMost }: { id: Prisma.Sql; atMost: number },
): Prisma.Sql {
  const { source, owner } = rowsOf(list, caller, id);
  const owned = owner ? sql`AND ${raw(`r."${owner.column}"`)} = ${id}` : empty;
  return sql`(SELECT count(*)::integer FROM (SELECT ${source} ${owned} LIMIT ${parameter(atMost + 1, "int")}) AS counted)`;
}

/** Counts the rows of each owner. */
async function countRows<Type extends keyof Listed>(
  { db, caller }: Context,
  list: OwnedList<Type, string>,
  { ownerIds, atMost }: { ownerIds: readonly string[]; atMost: number },
): Promise<Total[]> {
  const rows = await db.$queryRaw<{ id: string; n: number }[]>`
    SELECT owner.id, ${countSql(list, caller, { id: sql`owner.id`, atMost })} AS n FROM unnest(${ownerIds}::uuid[]) AS owner (id)`;
  const byOwner = new Map(rows.map(({ id, n }) => [id, totalCounted(n, atMost)]));
  return ownerIds.map((id) => byOwner.get(id) ?? { count: 0, isExact: true });
}

async function readPages<Type extends keyof Listed>(
  { db, caller }: Context,
  list: OwnedList<Type, string>,
  { ownerIds, request }: { ownerIds: readonly string[]; request: PageRequest },
): Promise<Page<Listed[Type]>[]> {
  const { rows: page, otherSide } = pageSql(rowsOf(list, caller, sql`owner.id`), request, sql`${request.size + 1}`);
  type Found = { ownerId: string; beyond: boolean | null; id: string | null } & Listed[Type];
  const found = await db.$queryRaw<Found[]>`
    SELECT page.*, owner.id AS "ownerId"${otherSide ? sql`, other.beyond` : empty}
    FROM unnest(${ownerIds}::uuid[]) AS owner (id)
    LEFT JOIN LATERAL (${page}) AS page ON true
    ${otherSide ? sql`LEFT JOIN LATERAL (${otherSide}) AS other (beyond) ON true` : empty}`;
  return groupByOwner(ownerIds, found, (row) => row.ownerId).map((all, index) => {
    const rows = all.filter((row) => row.id !== null);
    const hasOtherSide = all[0]?.beyond ?? false;
    const scope = ownerIds[index] as string;
    return pageOf({ order: list.order, scope }, request, { rows, hasOtherSide });
  });
}
