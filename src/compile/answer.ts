import type { ExecutionArgs } from "graphql";
import type { Context } from "../context.ts";
import { addRows } from "../database/usage.ts";
import { answeredRowsOf } from "../pricing/answered.ts";
import { readExpression } from "../reading/plan.ts";
import { compileQuery } from "./compile-query.ts";

/** The text of an operation's `data`, or undefined when only the resolvers can answer. */
export async function answerCompiled(args: ExecutionArgs): Promise<string | undefined> {
  const compiled = await compileQuery(args);
  if (compiled === undefined || typeof compiled === "string") return compiled;
  try {
    const text = await readExpression(args.contextValue as Context, compiled.plan, compiled.expression);
    // The statement itself has returned one row.
    if (text !== null) addRows(answeredRowsOf(text) - 1);
    return text ?? undefined;
  } catch {
    // An error of the database is one of the fields that meet it: the resolvers meet it again.
    return undefined;
  }
}
