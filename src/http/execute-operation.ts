import { type ExecutionArgs, type ExecutionResult, execute, getOperationAST } from "graphql";
import { executeCompiled } from "../compile/execute-compiled.ts";
import type { Replicas } from "../database/replicas.ts";
import { isUnavailable } from "../database/unavailable.ts";
import { stalenessHeader } from "./max-staleness.ts";
import type { OperationContext } from "./request-reader.ts";

export type ExecuteOperation = (args: ExecutionArgs) => Promise<ExecutionResult>;

/**
 * Executes an operation by the compiler if it compiles, and otherwise by graphql's own executor. Yoga's executor takes every object with a
 * "then" for a promise, and clients may store such an object or name a field so. If the query may be stale, a replica that is fresh enough
 * answers it.
 */
export function operationExecutor(compiler: boolean, replicas?: Replicas): ExecuteOperation {
  const run: ExecuteOperation = async (args) => {
    if (!compiler) return execute(args);
    const { compiled, result } = await executeCompiled(args);
    contextOf(args).exchange.compiled = compiled;
    return result;
  };
  if (!replicas) return run;
  return async (args) => (await runOnReplica(replicas, args, run)) ?? run(args);
}

/**
 * The answer of a replica, or undefined. Then the primary has to answer: a write, a query that must not be stale, or one that no replica
 * can answer.
 */
async function runOnReplica(
  replicas: Replicas,
  args: ExecutionArgs,
  run: ExecuteOperation,
): Promise<ExecutionResult | undefined> {
  const context = contextOf(args);
  if (context.maxStalenessMs === undefined) return undefined;
  if (getOperationAST(args.document, args.operationName)?.operation !== "query") return undefined;
  const replica = replicas.pick(context.maxStalenessMs);
  if (!replica) return undefined;
  const result = await run({ ...args, contextValue: { ...context, db: replica.db } });
  if (result.errors?.some(isUnavailable)) {
    context.loaders.forget();
    return undefined;
  }
  context.res.setHeader(stalenessHeader, (replica.stalenessMs / 1000).toFixed(3));
  return result;
}

function contextOf({ contextValue }: ExecutionArgs): OperationContext {
  return contextValue as OperationContext;
}
