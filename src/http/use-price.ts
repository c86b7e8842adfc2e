import { isAsyncIterable, type Plugin } from "graphql-yoga";
import { DomainError } from "../errors.ts";
import { priceOf } from "../pricing/price.ts";
import type { Exchange } from "../telemetry/exchange.ts";

/** The request header that asks for `extensions.cost`. */
export const costHeader = "x-query-cost";

interface Priced {
  exchange: Exchange;
  /** Pays for rows that are about to be read, or throws: the caller's rate limit, and the room this process has. */
  pay: (rows: number) => Promise<void>;
}

/**
 * Refuses an operation, whole and before any of it runs, with which its request could make the database return more than `budget`
 * rows, or that cannot be paid for. With the header `x-query-cost: 1`, answers tell their price and the budget in `extensions.cost`.
 */
export function usePrice(budget: number): Plugin<Priced> {
  return {
    async onExecute({ args, setResultAndStopExecution }) {
      const { exchange, pay, request } = args.contextValue;
      let price: number | undefined;
      try {
        price = priceOf(args.schema, args.document, args.operationName, args.variableValues);
        if (price === undefined) return;
        const total = (exchange.price ?? 0) + price;
        exchange.price = total;
        if (total > budget) throw tooExpensive(total, budget);
        await pay(price);
      } catch (refusal) {
        setResultAndStopExecution({ errors: [refusal as never] });
        return;
      }
      if (!request.headers.get(costHeader)) return;
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
    `The request could read ${counted ?? "far too many"} rows; the budget is ${budget}. Ask for smaller pages or fewer levels.`,
    { reason: "QUERY_TOO_EXPENSIVE", price: counted, budget },
  );
}
