import { type ExecutionArgs, type ExecutionResult, execute } from "graphql";
import { type Context, Loaders } from "../context.ts";
import { failing } from "../database/failing.ts";
import { answerCompiled } from "./answer.ts";

export interface Executed {
  /** Whether a compiled statement answered, and not the resolvers. */
  readonly compiled: boolean;
  readonly result: ExecutionResult;
}

/**
 * Executes an operation: by one statement if it compiles. Otherwise, and whenever something is wrong, by the resolvers.
 */
export async function executeCompiled(args: ExecutionArgs): Promise<Executed> {
  const { data, done, unavailable } = await answerCompiled(args);
  if (data !== undefined) return { compiled: true, result: textResult(data) };
  const contextValue = args.contextValue as Context;
  if (done) return { compiled: false, result: await execute({ ...args, rootValue: done }) };
  // A database that is away or overloaded is not asked again.
  const context = unavailable ? { ...contextValue, db: failing(unavailable), loaders: new Loaders() } : contextValue;
  return { compiled: false, result: await execute({ ...args, contextValue: context }) };
}

/** A result whose `data` is text already. Yoga asks a result itself how it is written. */
function textResult(data: string): ExecutionResult {
  const stringify = ({ extensions }: ExecutionResult) =>
    extensions ? `{"data":${data},"extensions":${JSON.stringify(extensions)}}` : `{"data":${data}}`;
  return { data: {}, stringify } as ExecutionResult;
}
