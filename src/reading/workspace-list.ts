import { Prisma } from "../../prisma/generated/client/client.ts";
import type { Context } from "../context.ts";
import { type CountedPage, inside, type Order, type PageArgs, pageClauses, pageOf, parsePage } from "./page.ts";
import { search } from "./search.ts";

/** A list of a workspace's rows: those of `table` (alias `r`) that `filter` lets through. */
export interface WorkspaceList<Row> {
  readonly table: string;
  readonly order: Order<Row>;
  /** Conditions, each starting with AND. */
  readonly filter: Prisma.Sql;
  /** Whether the filter may look at far more rows than it lets through. */
  readonly isSearch: boolean;
}

/** A total is counted up to here: what is more is null. */
export const maxCounted = 10_000;

const { sql, raw, empty } = Prisma;

/** A page of a list of the caller's workspace, in one statement, and its total in another if asked for. */
export async function readWorkspacePage<Row extends { id: string }>(
  context: Context,
  list: WorkspaceList<Row>,
  args: PageArgs,
): Promise<CountedPage<Row>> {
  const { db, caller } = context;
  const read = <T>(statement: Prisma.Sql): Promise<T> =>
    list.isSearch ? search(context, (tx) => tx.$queryRaw<T>(statement)) : db.$queryRaw<T>(statement);
  const request = parsePage(list.order, caller.workspaceId, args);
  const workspace = { column: "workspaceId", value: sql`${caller.workspaceId}::uuid` };
  // A filter, or a time to order by, has indexes of its own, which want to know the one workspace.
  const within = list.filter === empty && list.order.columns.length === 1 ? workspace : undefined;
  const { between, orderBy, limit, behind } = pageClauses(list.order, request, within);
  const rows = sql`FROM ${raw(`"${list.table}"`)} r
    WHERE ${within ? inside(within) : sql`r."workspaceId" = ${workspace.value}`} ${list.filter}`;
  // The comment keeps the statement unnamed: a search is planned for its values, not for an average.
  const found = await read<(Row & { beyond: boolean | null })[]>(sql`
    /* ad hoc */ SELECT page.*, behind.beyond
    FROM (SELECT ${behind ? sql`(SELECT true ${rows} ${behind})` : sql`false`} AS beyond) AS behind
    LEFT JOIN LATERAL (SELECT r.* ${rows} ${between} ${orderBy} ${limit}) AS page ON true`);
  const present = found.filter((row) => row.id !== null);
  return {
    ...pageOf(list.order, caller.workspaceId, request, present, found[0]?.beyond ?? false),
    totalCount: async () => {
      const [{ n }] = await read<[{ n: number }]>(sql`
        /* ad hoc */ SELECT count(*)::integer AS n FROM (SELECT ${rows} LIMIT ${maxCounted + 1}) AS counted`);
      return n > maxCounted ? null : n;
    },
  };
}

/** The conditions whose value is given. */
export function conditions<T>(
  values: T,
  make: { [K in keyof T]?: (value: NonNullable<T[K]>) => Prisma.Sql },
): Prisma.Sql {
  const given = Object.entries(make) as [keyof T, (value: unknown) => Prisma.Sql][];
  const made = given.flatMap(([key, condition]) => {
    const value = values[key];
    return value === undefined || value === null ? [] : [sql`AND ${condition(value)}`];
  });
  return made.length > 0 ? Prisma.join(made, " ") : empty;
}

/** The rows with this in their searchable name; one or two characters only at its beginning. `part` is folded, as the names are. */
export function nameContains(part: string): Prisma.Sql {
  const characters = [...part];
  const grams =
    characters.length < 3 ? [part] : characters.slice(2).map((_, at) => characters.slice(at, at + 3).join(""));
  return sql`name_grams(r."searchName") @> ${grams}::text[] AND strpos(r."searchName", ${part}) > 0`;
}
