import DataLoader from "dataloader";
import { Prisma } from "../../prisma/generated/client/client.ts";
import { type Context, perRequest } from "../context.ts";
import { groupByOwner } from "./group-by-owner.ts";
import {
  inside,
  type Order,
  type Page,
  type PageArgs,
  type PageRequest,
  pageClauses,
  pageOf,
  parsePage,
} from "./page.ts";

/** A list that belongs to one record, such as the children of a conversation: rows of `table` whose `ownerColumn` is its id. */
export interface OwnedList<Row> {
  readonly table: string;
  readonly ownerColumn: string;
  readonly order: Order<Row>;
}

const { sql } = Prisma;

/** Makes the reader of an owned list: all owners asked with the same arguments in one tick share one statement. */
export function ownedList<Row extends object>(list: OwnedList<Row>) {
  const loaders = perRequest(() => new Map<string, DataLoader<string, Page<Row>>>());
  return (context: Context, ownerId: string, args: PageArgs): Promise<Page<Row>> => {
    const request = parsePage(list.order, ownerId, args);
    const key = JSON.stringify([args.first, args.after, args.last, args.before]);
    const known = loaders(context);
    let loader = known.get(key);
    if (!loader) {
      loader = new DataLoader((ownerIds) => readPages(context, list, ownerIds, request));
      known.set(key, loader);
    }
    return loader.load(ownerId);
  };
}

async function readPages<Row extends object>(
  { db, caller }: Context,
  list: OwnedList<Row>,
  ownerIds: readonly string[],
  request: PageRequest,
): Promise<Page<Row>[]> {
  const within = { column: list.ownerColumn, value: sql`owner.id` };
  const { between, orderBy, limit, behind } = pageClauses(list.order, request, within);
  const owned = sql`FROM ${Prisma.raw(`"${list.table}" r`)}
    WHERE r."workspaceId" = ${caller.workspaceId}::uuid AND ${inside(within)}`;
  const rows = await db.$queryRaw<({ ownerId: string; beyond: boolean | null; id: string | null } & Row)[]>`
    SELECT page.*, owner.id AS "ownerId"${behind ? sql`, behind.beyond` : Prisma.empty}
    FROM unnest(${ownerIds}::uuid[]) AS owner (id)
    LEFT JOIN LATERAL (SELECT r.* ${owned} ${between} ${orderBy} ${limit}) AS page ON true
    ${behind ? sql`LEFT JOIN LATERAL (SELECT true AS beyond ${owned} ${behind}) AS behind ON true` : Prisma.empty}`;
  return groupByOwner(ownerIds, rows, (row) => row.ownerId).map((all, index) => {
    const present = all.filter((row) => row.id !== null);
    return pageOf(list.order, ownerIds[index] as string, request, present, all[0]?.beyond ?? false);
  });
}
