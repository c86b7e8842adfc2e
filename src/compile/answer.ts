import type { ExecutionArgs } from "graphql";
import type { Context } from "../context.ts";
import { readExpression } from "../reading/plan.ts";
import { compileQuery } from "./compile-query.ts";

/** The text of an operation's `data`, or undefined when only the resolvers can answer. */
export async function answerCompiled(args: ExecutionArgs): Promise<string | undefined> {
  const compiled = await compileQuery(args);
  if (compiled === undefined || typeof compiled === "string") return compiled;
  try {
    return (await readExpression(args.contextValue as Context, compiled.plan, compiled.expression)) ?? undefined;
  } catch {
    // An error of the database is one of the fields that meet it: the resolvers meet it again.
    return undefined;
  }
}
