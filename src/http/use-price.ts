import { type ExecutionArgs, getOperationAST } from "graphql";
import { isAsyncIterable, type Plugin } from "graphql-yoga";
import type { Context } from "../context.ts";
import { currentUsage } from "../database/usage.ts";
import { DomainError } from "../errors.ts";
import { answeredRows, frame } from "../pricing/answered.ts";
import { priceOf } from "../pricing/price.ts";
import { searchMs } from "../reading/search.ts";
import type { Exchange } from "../telemetry/exchange.ts";
import type { Bill } from "./rate-limit.ts";

/** The request header that asks for `extensions.cost`. */
export const costHeader = "x-query-cost";

interface Priced {
  exchange: Exchange;
  /** Pays for rows that are about to be read, or throws: the caller's rate limit, and the room this process has. */
  pay: (rows: number) => Promise<void>;
  /** Absent: there is no rate limit. */
  bill?: Bill;
}

/**
 * Refuses an operation, whole and before any of it runs, with which its request could make the database read more than `budget` rows,
 * or that cannot be paid for. Once it has run, it has paid what it used. With the header `x-query-cost: 1`, answers tell price, use and
 * budget in `extensions.cost`.
 */
export function usePrice(budget: number): Plugin<Priced> {
  return {
    async onExecute({ args, setResultAndStopExecution }) {
      const { exchange, pay, bill, request } = args.contextValue;
      let price: number | undefined;
      try {
        price = priceOf(args);
        if (price === undefined) return;
        const total = (exchange.price ?? 0) + price;
        exchange.price = total;
        if (total > budget) throw tooExpensive(total, budget);
        await pay(price);
      } catch (refusal) {
        setResultAndStopExecution({ errors: [refusal as never] });
        return;
      }
      const paid = price;
      const pointsUsed = meter(args, paid);
      return {
        async onExecuteDone({ result, setResult }) {
          // What is answered bit by bit pays its price.
          if (isAsyncIterable(result)) return;
          const used = pointsUsed(result.data);
          await bill?.correct(used - paid);
          if (!request.headers.get(costHeader)) return;
          setResult({ ...result, extensions: { ...result.extensions, cost: { price: paid, used, budget } } });
        },
      };
    },
    async onExecutionResult({ context }) {
      const { bill, exchange } = context as Partial<Priced>;
      const points = exchange?.unpaidPoints ?? 0;
      if (!exchange || points === 0) return;
      exchange.unpaidPoints = 0;
      await bill?.correct(points);
    },
  };
}

/** A millisecond of the database in points, beyond what a search that is quick takes. */
const pointsPerSearchMs = 10;
const quickSearchMs = 10;

/**
 * Begins to measure an operation, and tells what it has used: a mutation its price, a query the rows that were read and the time of its
 * searches, whose cost no price can know. More rows than its price are read where a list is longer than the usual one that is priced.
 */
function meter({ document, operationName, contextValue }: ExecutionArgs, price: number): (data: unknown) => number {
  if (getOperationAST(document, operationName)?.operation !== "query") return () => price;
  const usage = currentUsage.getStore();
  const before = usage?.rows ?? 0;
  return (data) => {
    const searching = Math.max(0, searchMs(contextValue as Context) - quickSearchMs);
    const read = usage ? usage.rows - before : price;
    const rows = read > price + frame ? read : Math.min(price, Math.max(read, answeredRows(data)));
    return Math.ceil(rows) + Math.floor(searching * pointsPerSearchMs);
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
