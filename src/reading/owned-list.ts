import DataLoader from "dataloader";
import { Prisma } from "../../prisma/generated/client/client.ts";
import type { Caller } from "../caller.ts";
import { type Context, perRequest } from "../context.ts";
import { groupByOwner } from "./group-by-owner.ts";
import { orNull } from "./json-text.ts";
import type { Records } from "./loaders.ts";
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
} from "./page.ts";
import { parameter } from "./parameter.ts";
import type { Reader } from "./reader.ts";

/** A list that belongs to one record, such as the children of a conversation: rows of `table` whose `ownerColumn` is its id. */
interface OwnedList<Type extends keyof Records, Total extends string> {
  readonly table: Type;
  readonly ownerColumn: string;
  /** The order. An index has its columns after that of the owner. */
  readonly order: Order<Records[Type]>;
  /** The columns of the owner whose sum is the number of rows. */
  readonly totalColumns: readonly Total[];
  /** A condition on the rows (alias `r`). The index should contain only such rows, because otherwise all rows would be read. */
  readonly condition?: Prisma.Sql;
}

type Owner<Total extends string> = { readonly id: string } & { readonly [K in Total]: number };

const { sql, raw, join, empty } = Prisma;

interface ListReader<Type extends keyof Records, Total extends string>
  extends Reader<Owner<Total>, PageArgs, CountedPage<Records[Type]>> {
  readonly list: OwnedList<Type, Total>;
}

/** Makes the reader of an owned list: all owners asked with the same arguments in one tick share one statement. */
export function ownedList<Type extends keyof Records, Total extends string>(
  list: OwnedList<Type, Total>,
): ListReader<Type, Total> {
  const pages = perRequest(() => new Map<string, DataLoader<string, Page<Records[Type]>>>());
  const loaderOf = (context: Context, key: string, request: PageRequest) => {
    const known = pages(context);
    const loader = known.get(key) ?? new DataLoader((ids) => readPages(context, list, ids, request));
    known.set(key, loader);
    return loader;
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
      const count = list.totalColumns.reduce((sum, column) => sum + owner[column], 0);
      return { ...page, total: () => ({ count, isExact: true }) };
    },
    sql(field) {
      const { row, context } = field;
      const owned = rowsOf(list, context.caller, row.column("id"));
      const scope = { sql: row.column("id"), id: row.id };
      const total = join(
        list.totalColumns.map((column) => row.column(column)),
        " + ",
      );
      return field.page({
        ...owned,
        ...{ scope, total: () => sql`(${total})`, isCounted: false, pageSize: ownedPageSize, plan: "kept" },
      });
    },
  };
}

/** The first row of an owned list, or null. */
export function firstOf<Type extends keyof Records, Total extends string>({
  list,
  resolve,
}: ListReader<Type, Total>): Reader<Owner<Total>, unknown, Records[Type] | null> {
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

function rowsOf<Type extends keyof Records>(
  { table, ownerColumn, order, condition }: OwnedList<Type, string>,
  caller: Caller,
  ownerId: Prisma.Sql,
): Pick<ListedRows, "order" | "source" | "owner"> {
  const others = condition ? sql`AND ${condition}` : empty;
  return {
    order,
    source: sql`FROM ${raw(`"${table}" r`)} WHERE r."workspaceId" = ${parameter(caller.workspaceId, "uuid")} ${others}`,
    owner: { column: ownerColumn, value: ownerId },
  };
}

async function readPages<Type extends keyof Records>(
  { db, caller }: Context,
  list: OwnedList<Type, string>,
  ownerIds: readonly string[],
  request: PageRequest,
): Promise<Page<Records[Type]>[]> {
  const { rows: page, otherSide } = pageSql(rowsOf(list, caller, sql`owner.id`), request, sql`${request.size + 1}`);
  type Found = { ownerId: string; beyond: boolean | null; id: string | null } & Records[Type];
  const found = await db.$queryRaw<Found[]>`
    SELECT page.*, owner.id AS "ownerId"${otherSide ? sql`, other.beyond` : empty}
    FROM unnest(${ownerIds}::uuid[]) AS owner (id)
    LEFT JOIN LATERAL (${page}) AS page ON true
    ${otherSide ? sql`LEFT JOIN LATERAL (${otherSide}) AS other (beyond) ON true` : empty}`;
  return groupByOwner(ownerIds, found, (row) => row.ownerId).map((all, index) => {
    const rows = all.filter((row) => row.id !== null);
    const hasOtherSide = all[0]?.beyond ?? false;
    return pageOf(list.order, ownerIds[index] as string, request, { rows, hasOtherSide });
  });
}
