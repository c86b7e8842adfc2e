import { Prisma } from "../../prisma/generated/client/client.ts";
import type { Context } from "../context.ts";
import { readText } from "../database/read-text.ts";
import { adHoc } from "../database/statement-names.ts";
import { runSearch } from "./run-search.ts";

/**
 * When a statement is planned: once for all values ("kept"), each time for its values ("ad hoc"), or each time and within the time limit
 * of searches ("search").
 */
export type Plan = "kept" | "ad hoc" | "search";

const { sql, raw } = Prisma;

/** The rows of a statement. */
export function readRows<Rows>(context: Context, plan: Plan, statement: Prisma.Sql): Promise<Rows> {
  if (plan === "kept") return context.db.$queryRaw<Rows>(statement);
  const unnamed = sql`${raw(adHoc)}${statement}`;
  if (plan === "ad hoc") return context.db.$queryRaw<Rows>(unnamed);
  return runSearch(context, (tx) => tx.$queryRaw<Rows>(unnamed));
}

/** The text that an expression makes, or null. */
export async function readExpression(context: Context, plan: Plan, expression: Prisma.Sql): Promise<string | null> {
  if (plan === "search") {
    const [row] = await readRows<[{ text: string | null }]>(context, plan, sql`SELECT ${expression} AS text`);
    return row.text;
  }
  const { text, values } = expression;
  return readText(context.db, `${plan === "kept" ? "" : adHoc}SELECT ${text}`, values);
}

/** The text that a whole statement returns, or null. PostgreSQL keeps its plan. */
export function readKept(
  { db }: Context,
  { text }: { readonly text: string },
  values: unknown[],
): Promise<string | null> {
  return readText(db, text, values);
}
