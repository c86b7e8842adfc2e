import { type ExecutionArgs, type ExecutionResult, execute } from "graphql";
import type { Plugin } from "graphql-yoga";
import { answerCompiled } from "../compile/answer.ts";
import type { Context } from "../context.ts";

/**
 * Answers what compiles to one statement with the text that the database makes. Everything else goes to the resolvers, by graphql's own
 * executor: Yoga's takes every object with a "then" for a promise, and clients may store one, or name a field so.
 */
export function useCompiled(): Plugin<Context> {
  return {
    onExecute({ setExecuteFn }) {
      setExecuteFn(async (args: ExecutionArgs) => {
        const data = await answerCompiled(args);
        return data === undefined ? execute(args) : textResult(data);
      });
    },
  };
}

/** A result whose `data` is text already. Yoga asks a result itself how it is written. */
function textResult(data: string): ExecutionResult {
  const stringify = ({ extensions }: ExecutionResult) =>
    extensions ? `{"data":${data},"extensions":${JSON.stringify(extensions)}}` : `{"data":${data}}`;
  return { data: {}, stringify } as ExecutionResult;
}
