import { addRows } from "../database/usage.ts";
import { badInput } from "../rules/parse.ts";
import type { CountedPage, Total } from "./page.ts";

/** How far rows are counted, by default and at most. */
export const defaultAtMost = 1_000;
export const maxAtMost = 10_000;

/** So many index entries are counted in the time in which a row is read and answered. */
export const entriesPerRow = 50;

/** The total of a list whose rows were counted up to one more than `atMost`. The request pays for counting them. */
export function totalCounted(counted: number, atMost: number): Total {
  const count = Math.min(counted, atMost);
  addRows(Math.floor(count / entriesPerRow));
  return { count, isExact: counted <= atMost };
}

interface TotalArgs {
  atMost?: number | null;
}

/** How far to count. Throws BAD_USER_INPUT for a number out of range. */
export function parseAtMost({ atMost }: TotalArgs): number {
  const limit = atMost ?? defaultAtMost;
  if (limit >= 0 && limit <= maxAtMost) return limit;
  throw badInput("atMost", "OUT_OF_RANGE", `must be between 0 and ${maxAtMost}`);
}

/** The total of the list of this page, counted as far as the client asks. */
export function totalOf<Row>(page: Pick<CountedPage<Row>, "total">, args: TotalArgs): Total | Promise<Total> {
  return page.total(parseAtMost(args));
}
