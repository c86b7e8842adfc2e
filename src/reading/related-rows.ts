import DataLoader from "dataloader";
import { Prisma } from "../../prisma/generated/client/client.ts";
import type { Caller } from "../caller.ts";
import { perRequest } from "../context.ts";
import { groupByOwner } from "./group-by-owner.ts";
import { concatenate } from "./json-text.ts";
import type { Records } from "./loaders.ts";
import type { Reader } from "./reader.ts";

/** A short list that is read as a whole: the rows of `table` that belong to the value in the column `key` of a record. */
interface Relation<Type extends keyof Records, Key extends string> {
  readonly table: Type;
  readonly key: Key;
  /** The statement of the rows, in their order. */
  rows(key: Prisma.Sql, caller: Caller): Prisma.Sql;
}

const { sql } = Prisma;

type Keyed<Key extends string> = { readonly [K in Key]: string | null };

interface RelatedRows<Type extends keyof Records, Key extends string>
  extends Reader<Keyed<Key>, unknown, Records[Type][]> {
  readonly relation: Relation<Type, Key>;
}

/** Makes the reader of such a list. All records that are asked for in one tick share one statement. */
export function relatedRows<Type extends keyof Records, Key extends string>(
  relation: Relation<Type, Key>,
): RelatedRows<Type, Key> {
  const loader = perRequest(
    ({ db, caller }) =>
      new DataLoader<string, Records[Type][]>(async (keys) => {
        const rows = await db.$queryRaw<(Records[Type] & { ownerId: string })[]>`
          SELECT related.*, owner.id AS "ownerId" FROM unnest(${keys}::uuid[]) AS owner (id)
          CROSS JOIN LATERAL (${relation.rows(sql`owner.id`, caller)}) AS related`;
        return groupByOwner(keys, rows, (row) => row.ownerId);
      }),
  );
  return {
    relation,
    resolve: ({ [relation.key]: key }, _args, context) => (key ? loader(context).load(key) : []),
    sql(field) {
      const row = field.newRow();
      const rows = relation.rows(field.row.column(relation.key), field.context.caller);
      const items = sql`coalesce(string_agg(${field.object(row)}, ','), '')`;
      return sql`(SELECT ${concatenate(["[", items, "]"])} FROM (${rows}) AS ${row.alias})`;
    },
  };
}

/** The reader of the number of these rows. */
export function countOf<Type extends keyof Records, Key extends string>({
  relation,
  resolve,
}: RelatedRows<Type, Key>): Reader<Keyed<Key>, unknown, number> {
  return {
    resolve: async (record, args, context) => (await resolve(record, args, context)).length,
    sql: ({ row, context }) =>
      sql`(SELECT count(*)::text FROM (${relation.rows(row.column(relation.key), context.caller)}) AS related)`,
  };
}
