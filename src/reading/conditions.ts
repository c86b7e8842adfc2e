import { Prisma } from "../../prisma/generated/client/client.ts";
import type { MetadataFilter } from "../rules/metadata-filter.ts";

// The parts of the filters of lists: conditions on a row with the alias `r`.

type Sql = Prisma.Sql;

const { sql, join } = Prisma;

/** All conditions whose value is given, joined by AND. Undefined if there is none. */
export function conditions<T>(
  values: T,
  make: { [K in keyof T]?: (value: NonNullable<T[K]>) => Sql },
): Sql | undefined {
  const given = Object.entries(make) as [keyof T, (value: unknown) => Sql][];
  const made = given.flatMap(([key, condition]) => {
    const value = values[key];
    return value === undefined || value === null ? [] : [condition(value)];
  });
  return made.length > 0 ? join(made, " AND ") : undefined;
}

export function idAmong(ids: readonly string[]): Sql {
  return sql`r.id = ANY (${ids}::uuid[])`;
}

export function between(column: Sql, { from, to }: { from?: Date | undefined; to?: Date | undefined }): Sql {
  const since = from ? sql`${column} >= ${from}::timestamptz` : sql`true`;
  const until = to ? sql`${column} < ${to}::timestamptz` : sql`true`;
  return sql`${since} AND ${until}`;
}

/** The condition that metadata contain a value, and nothing at the paths of its nulls. JSON's null counts as nothing. */
export function metadataMatches({ contained, absent }: MetadataFilter): Sql {
  const parts = absent.map((path) => sql`r.metadata #>> ${path}::text[] IS NULL`);
  if (Object.keys(contained).length > 0) parts.unshift(sql`r.metadata @> ${JSON.stringify(contained)}::jsonb`);
  return join(parts, " AND ");
}

/**
 * The condition that one of these texts contains the part. One or two characters are found only at the beginning. `part` is folded
 * like the texts. An index has the `grams` of all texts.
 */
export function textContains(texts: readonly Sql[], part: string, grams: Sql): Sql {
  const characters = [...part];
  const isShort = characters.length < 3;
  const wanted = isShort ? [part] : characters.slice(2).map((_, at) => characters.slice(at, at + 3).join(""));
  const places = texts.map((text) => sql`strpos(${text}, ${part}) ${isShort ? sql`= 1` : sql`> 0`}`);
  return sql`${grams} @> ${wanted}::text[] AND (${join(places, " OR ")})`;
}

/** The condition that the searchable name of a row with this alias contains the part. */
export function nameContains(alias: Sql, part: string): Sql {
  const name = sql`${alias}."searchName"`;
  return textContains([name], part, sql`name_grams(${name})`);
}
