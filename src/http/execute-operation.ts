import type { ServerResponse } from "node:http";
import { type ExecutionArgs, type ExecutionResult, execute, getOperationAST } from "graphql";
import { executeCompiled } from "../compile/execute.ts";
import type { Context } from "../context.ts";
import { isUnavailable } from "../database/faults.ts";
import type { Replicas } from "../database/replicas.ts";
import type { Exchange } from "../telemetry/exchange.ts";
import { stalenessHeader } from "./max-staleness.ts";

export type ExecuteOperation = (args: ExecutionArgs) => Promise<ExecutionResult>;

interface Executing extends Context {
  res: ServerResponse;
  exchange: Exchange;
  /** How far behind the primary the answer may be, in milliseconds. Absent: the primary answers. */
  maxStalenessMs?: number;
}

/**
 * Executes operations by the compiler, where they compile, and else by graphql's own executor: Yoga's takes every object with a "then"
 * for a promise, and clients may store one, or name a field so. A replica answers queries that may be stale, if one is fresh enough.
 */
export function operationExecutor(compiler: boolean, replicas?: Replicas): ExecuteOperation {
  const run: ExecuteOperation = async (args) => {
    if (!compiler) return execute(args);
    const { compiled, result } = await executeCompiled(args);
    (args.contextValue as Executing).exchange.compiled = compiled;
    return result;
  };
  return async (args) => {
    const mayBeStale = replicas && (args.contextValue as Executing).maxStalenessMs !== undefined;
    return (mayBeStale ? await runOnReplica(replicas, args, run) : undefined) ?? run(args);
  };
}

/** Undefined unless a replica has answered: the operation writes, none is fresh enough, or the one that was asked has failed. */
async function runOnReplica(
  replicas: Replicas,
  args: ExecutionArgs,
  run: ExecuteOperation,
): Promise<ExecutionResult | undefined> {
  if (getOperationAST(args.document, args.operationName)?.operation !== "query") return undefined;
  const context = args.contextValue as Executing;
  const replica = replicas.pick(context.maxStalenessMs ?? 0);
  if (!replica) return undefined;
  const staleness = replica.staleness();
  const result = await run({ ...args, contextValue: { ...context, db: replica.db } });
  if (result.errors?.some(isUnavailable)) {
    replica.giveUp();
    context.loaders.forget();
    return undefined;
  }
  context.res.setHeader(stalenessHeader, (staleness / 1000).toFixed(3));
  return result;
}
