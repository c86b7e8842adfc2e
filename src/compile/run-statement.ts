import type { Prisma } from "../../prisma/generated/client/client.ts";
import type { Context } from "../context.ts";
import { addRows } from "../database/usage.ts";
import { answeredRowsOf } from "../pricing/rows-used.ts";
import { readExpression, readKept } from "../reading/read-rows.ts";
import type { Compilation } from "./compilation.ts";
import type { KeptStatement } from "./kept-statement.ts";

/** The text that a compiled statement makes. Undefined for NULL: the resolvers then find the reason. Its record marks are counted as rows. */
export async function runStatement({ context, plan }: Compilation, text: Prisma.Sql): Promise<string | undefined> {
  return answerOf(await readExpression(context, plan, text));
}

/** The same of a statement that is kept, with the values of the request. */
export async function runKept(
  context: Context,
  statement: KeptStatement,
  values: unknown[],
): Promise<string | undefined> {
  return answerOf(await readKept(context, statement, values));
}

function answerOf(answer: string | null): string | undefined {
  if (answer === null) return undefined;
  countRecordMarks(answer);
  return answer;
}

/** Counts the record marks of an answer as rows. The statement itself has returned one. */
export function countRecordMarks(answer: string): void {
  addRows(answeredRowsOf(answer) - 1);
}
