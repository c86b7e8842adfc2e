import { Prisma } from "../../prisma/generated/client/client.ts";

// JSON text as an SQL expression.

type Sql = Prisma.Sql;
type Part = string | Sql;

const { Sql: Fragment, sql, raw } = Prisma;

/** Of the expressions made here: constant texts and expressions for text, never two constants in a row. */
const partsOf = new WeakMap<Sql, Part[]>();

/** Constant texts and expressions for text, one after the other. NULL in one of them makes all NULL. */
export function concatenate(parts: readonly Part[]): Sql {
  const all: Part[] = [];
  for (const part of parts.flatMap((one) => (typeof one === "string" ? one : (partsOf.get(one) ?? one)))) {
    const last = all.at(-1);
    if (typeof part === "string" && typeof last === "string") all[all.length - 1] = last + part;
    else all.push(part);
  }
  const expressions = all.map((part) => (typeof part === "string" ? raw(`'${part.replaceAll("'", "''")}'`) : part));
  const text = new Fragment(["", ...expressions.slice(1).map(() => " || "), ""], expressions);
  partsOf.set(text, all);
  return text;
}

/** Text that is known before anything is read. */
export function constant(text: string): Sql {
  return concatenate([text]);
}

/** The text of an expression that is constant. */
export function constantText(expression: Sql): string | undefined {
  const [only, ...others] = partsOf.get(expression) ?? [];
  return typeof only === "string" && others.length === 0 ? only : undefined;
}

/** `text`, and JSON's null where it is NULL. */
export function orNull(text: Sql): Sql {
  return sql`coalesce(${text}, 'null')`;
}
