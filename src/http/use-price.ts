import { isAsyncIterable, type Plugin } from "graphql-yoga";
import { DomainError } from "../errors.ts";
import { priceOf } from "../schema/cost.ts";
import type { Exchange } from "../telemetry/exchange.ts";

/** The request header that asks for `extensions.cost`. */
export const costHeader = "x-query-cost";

interface Priced {
  exchange: Exchange;
  /** Takes points from the caller's rate limit, or throws. Absent: there is no limit. */
  charge?: (points: number) => Promise<void>;
}

/**
 * Refuses an operation that could make the database return more than `budget` rows, or than the caller's rate limit has left, whole and
 * before any of it runs. With the header `x-query-cost: 1`, answers tell their price and the budget in `extensions.cost`.
 */
export function usePrice(budget: number): Plugin<Priced> {
  return {
    async onExecute({ args, setResultAndStopExecution }) {
      const price = priceOf(args.schema, args.document, args.operationName, args.variableValues);
      if (price === undefined) return;
      args.contextValue.exchange.price = price;
      try {
        if (price > budget) throw tooExpensive(price, budget);
        await args.contextValue.charge?.(price);
      } catch (refusal) {
        setResultAndStopExecution({ errors: [refusal as never] });
        return;
      }
      if (!args.contextValue.request.headers.get(costHeader)) return;
      return {
        onExecuteDone({ result, setResult }) {
          if (isAsyncIterable(result)) return;
          setResult({ ...result, extensions: { ...result.extensions, cost: { price, budget } } });
        },
      };
    },
  };
}

function tooExpensive(price: number, budget: number): DomainError {
  // JSON has no Infinity: what was not counted to its end has no price.
  const counted = Number.isFinite(price) ? price : null;
  return new DomainError(
    "BAD_USER_INPUT",
    `The operation could read ${counted ?? "far too many"} rows; the budget is ${budget}. Ask for smaller pages or fewer levels.`,
    { reason: "QUERY_TOO_EXPENSIVE", price: counted, budget },
  );
}
