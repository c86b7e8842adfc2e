import { type ExecutionArgs, type ExecutionResult, execute } from "graphql";
import { type Context, Loaders } from "../context.ts";
import { failing } from "../database/failing.ts";
import { answerCompiled } from "./answer.ts";

interface Executed {
  /** Whether a compiled statement answered, and not the resolvers. */
  readonly compiled: boolean;
  readonly result: ExecutionResult;
}

/** Executes an operation by one statement if it compiles. The resolvers answer it otherwise, and if something is wrong. */
export async function executeCompiled(args: ExecutionArgs): Promise<Executed> {
  const { data, done, unavailable } = await answerCompiled(args);
  if (data !== undefined) return { compiled: true, result: textResult(data) };
  const contextValue = args.contextValue as Context;
  if (done) return { compiled: false, result: await execute({ ...args, rootValue: done }) };
  // If the database is away or overloaded, the resolvers do not ask it again.
  const context = unavailable ? { ...contextValue, db: failing(unavailable), loaders: new Loaders() } : contextValue;
  return { compiled: false, result: await execute({ ...args, contextValue: context }) };
}

/** A result whose `data` is text already. Yoga calls `stringify` of a result to write it. */
function textResult(data: string): ExecutionResult {
  const stringify = ({ extensions }: ExecutionResult) =>
    extensions ? `{"data":${data},"extensions":${JSON.stringify(extensions)}}` : `{"data":${data}}`;
  return { data: {}, stringify } as ExecutionResult;
}
