import { type ExecutionArgs, type ExecutionResult, execute } from "graphql";
import { type Context, Loaders } from "../context.ts";
import { failing } from "../database/failing.ts";
import { answerMutation } from "./answer-mutation.ts";
import { answerQuery } from "./answer-query.ts";
import { type CompiledAnswer, isForResolvers, operationOf } from "./operation.ts";

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

/** Answers an operation by one statement, if it compiles. For a mutation, the statement reads the selected fields of its payload. */
export async function answerCompiled(args: ExecutionArgs): Promise<CompiledAnswer> {
  try {
    const operation = operationOf(args);
    if (operation?.node.operation === "query") return await answerQuery(operation);
    return operation?.node.operation === "mutation" ? await answerMutation(operation) : {};
  } catch (error) {
    if (isForResolvers(error)) return {};
    throw error;
  }
}

/** A result whose `data` is text already. Yoga calls `stringify` of a result to write it. */
function textResult(data: string): ExecutionResult {
  const stringify = ({ extensions }: ExecutionResult) =>
    extensions ? `{"data":${data},"extensions":${JSON.stringify(extensions)}}` : `{"data":${data}}`;
  return { data: {}, stringify } as ExecutionResult;
}
