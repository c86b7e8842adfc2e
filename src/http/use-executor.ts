import { type ExecutionArgs, execute } from "graphql";
import type { Plugin } from "graphql-yoga";
import { executeCompiled } from "../compile/execute.ts";
import type { Exchange } from "../telemetry/exchange.ts";

/**
 * Executes operations by the compiler, where they compile, and else by graphql's own executor: Yoga's takes every object with a "then"
 * for a promise, and clients may store one, or name a field so.
 */
export function useExecutor(compiler: boolean): Plugin<{ exchange: Exchange }> {
  return {
    onExecute({ args: { contextValue }, setExecuteFn }) {
      if (!compiler) return setExecuteFn(execute);
      setExecuteFn(async (args: ExecutionArgs) => {
        const { compiled, result } = await executeCompiled(args);
        contextValue.exchange.compiled = compiled;
        return result;
      });
    },
  };
}
