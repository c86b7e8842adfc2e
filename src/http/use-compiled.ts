import type { ExecutionArgs } from "graphql";
import type { Plugin } from "graphql-yoga";
import { executeCompiled } from "../compile/execute.ts";
import type { Exchange } from "../telemetry/exchange.ts";

/** Executes operations by the compiler, where they compile, and not by Yoga's executor. */
export function useCompiled(): Plugin<{ exchange: Exchange }> {
  return {
    onExecute({ args: { contextValue }, setExecuteFn }) {
      setExecuteFn(async (args: ExecutionArgs) => {
        const { compiled, result } = await executeCompiled(args);
        contextValue.exchange.compiled = compiled;
        return result;
      });
    },
  };
}
