import { Prisma } from "../../prisma/generated/client/client.ts";
import type { Caller } from "../caller.ts";
import type { Context } from "../context.ts";
import type { Listed } from "./loaders.ts";
import type { Order } from "./order.ts";
import {
  type CountedPage,
  defaultPageSize,
  type ListedRows,
  type PageArgs,
  pageOf,
  pageSql,
  parsePage,
} from "./page.ts";
import { parameter } from "./parameter.ts";
import { readRows } from "./read-rows.ts";
import { needsRead, type RootReader } from "./reader.ts";
import { totalCounted } from "./total.ts";

/** The arguments of a list that clients filter and order. */
export type FilteredArgs = PageArgs & { filter?: unknown; orderBy?: unknown };

/** The rows that a list of the caller's workspace shows. */
export interface WorkspaceRows<Row> {
  readonly order: Order<Row>;
  /** The condition on a row (alias `r`) that holds of all that can be listed. */
  readonly all?: Prisma.Sql | undefined;
  /** The condition that the client's filter adds. */
  readonly filter?: Prisma.Sql | undefined;
  /** Whether the list may look at far more rows than it shows. */
  readonly isSearch?: boolean;
  /** A column that comes before those of the order in its index, and the value to list. One plan serves all values. */
  readonly owner?: ListedRows["owner"];
}

const { sql, raw, empty } = Prisma;

/** Makes the reader of a list of the caller's workspace, for those who may read. */
export function workspaceList<Type extends keyof Listed, Args extends PageArgs>(
  table: Type,
  wanted: (args: Args, context: Context) => WorkspaceRows<Listed[Type]> | Promise<WorkspaceRows<Listed[Type]>>,
): RootReader<Args, CountedPage<Listed[Type]>> {
  return needsRead({
    async resolve(_root, args, context) {
      return readPage(context, rowsOf(table, await wanted(args, context), context.caller), args);
    },
    async sql(field) {
      const { context } = field;
      const args = field.read(withoutPage<Args>);
      args.choice(textOf);
      return field.page(rowsOf(table, await wanted(args.current, context), context.caller));
    },
  });
}

/** The arguments on which the rows depend, the page apart. */
function withoutPage<Args extends PageArgs>({ first, after, last, before, ...args }: Args): Args {
  return args as Args;
}

const textOf = (args: object) => JSON.stringify(args);

function rowsOf<Row>(
  table: string,
  { order, all, filter, isSearch = false, owner }: WorkspaceRows<Row>,
  { workspaceId }: Caller,
) {
  const adHoc = filter !== undefined;
  const workspace = adHoc ? sql`${workspaceId}::uuid` : parameter(workspaceId, "uuid");
  const from = raw(`FROM "${table}" r`);
  const source = sql`${from} WHERE r."workspaceId" = ${workspace} ${and(all)} ${and(filter)}`;
  // A list that is ordered by id alone has no index of its own.
  const inOrder = !adHoc && !owner && order.keys.length === 1;
  const rows = inOrder
    ? { source: sql`${from} WHERE true ${and(all)}`, owner: { column: "workspaceId", value: workspace } }
    : { source, owner };
  return {
    ...rows,
    order,
    plan: isSearch ? "search" : adHoc ? "ad hoc" : "kept",
    scope: { sql: workspace, id: { current: workspaceId } },
    total: (atMost) => {
      const limit = parameter(atMost + 1, "int");
      // Counts in the order of the owner's index, so that PostgreSQL does not walk another one.
      const counted = owner
        ? pageSql({ order, source, owner }, wholeList, limit).rows
        : sql`SELECT ${source} LIMIT ${limit}`;
      return sql`(SELECT count(*)::integer FROM (${counted}) AS counted)`;
    },
    isCounted: true,
    pageSize: defaultPageSize,
  } satisfies ListedRows;
}

function and(condition: Prisma.Sql | undefined): Prisma.Sql {
  return condition ? sql`AND ${condition}` : empty;
}

const wholeList = { size: 0, backward: false, after: undefined, before: undefined };

/** A page in one statement, and its total in another if asked for. */
async function readPage<Row extends { id: string }>(
  context: Context,
  list: ReturnType<typeof rowsOf<Row>>,
  args: PageArgs,
): Promise<CountedPage<Row>> {
  const { order, scope } = list;
  const request = parsePage(list, scope.id.current, args);
  const { rows: page, otherSide } = pageSql(list, request, sql`${request.size + 1}`);
  const read = <T>(statement: Prisma.Sql): Promise<T> => readRows(context, list.plan, statement);
  const found = await read<(Row & { beyond: boolean | null })[]>(sql`
    SELECT page.*, other.beyond
    FROM (SELECT ${otherSide ? sql`(${otherSide})` : sql`false`} AS beyond) AS other
    LEFT JOIN LATERAL (${page}) AS page ON true`);
  const rows = found.filter((row) => row.id !== null);
  return {
    ...pageOf({ order: order as Order<Row>, scope: scope.id.current }, request, {
      rows,
      hasOtherSide: found[0]?.beyond ?? false,
    }),
    total: oncePer(async (atMost: number) => {
      const [{ n }] = await read<[{ n: number }]>(sql`SELECT ${list.total(atMost)} AS n`);
      return totalCounted(n, atMost);
    }),
  };
}

/** One result for each argument. */
function oncePer<Arg, Result>(make: (arg: Arg) => Result): (arg: Arg) => Result {
  const made = new Map<Arg, Result>();
  return (arg) => {
    const result = made.get(arg) ?? make(arg);
    made.set(arg, result);
    return result;
  };
}
