import { type ExecutionArgs, getOperationAST } from "graphql";
import type { Context } from "../context.ts";
import { currentUsage } from "../database/usage.ts";
import { DomainError } from "../errors.ts";
import { priceOf } from "../pricing/price.ts";
import { rowsUsed } from "../pricing/rows-used.ts";
import { searchMs } from "../reading/run-search.ts";
import { noteOperation } from "../telemetry/exchange.ts";
import type { ExecuteOperation } from "./execute-operation.ts";
import type { OperationContext } from "./request-reader.ts";

/** The request header that asks for `extensions.cost`. */
const costHeader = "x-query-cost";

/**
 * Runs operations whose documents are valid. It refuses an operation before any of it runs, if its request could make the database read
 * more than `budget` rows, or cannot pay for it. After the run, the request has paid the rows that were used. With the header
 * `x-query-cost: 1`, `extensions.cost` of the answer has price, use and budget.
 */
export function chargingExecutor(budget: number, executed: ExecuteOperation): ExecuteOperation {
  return async (args) => {
    const context = args.contextValue as OperationContext;
    noteOperation(context.exchange, args);
    let price: number | undefined;
    try {
      price = priceOf(args);
      if (price !== undefined) await pay(context, price, budget);
    } catch (refusal) {
      return { errors: [refusal as never] };
    }
    if (price === undefined) return executed(args);
    const pointsUsed = meter(args, price);
    const result = await executed(args);
    const used = pointsUsed(result.data);
    if (context.bill) await context.bill.correct(used - price);
    if (!context.req.headers[costHeader]) return result;
    return { ...result, extensions: { ...result.extensions, cost: { price, used, budget } } };
  };
}

function pay({ exchange, pay }: OperationContext, price: number, budget: number): Promise<void> {
  const total = (exchange.price ?? 0) + price;
  exchange.price = total;
  if (total > budget) throw tooExpensive(total, budget);
  return pay(price);
}

/** The points for a millisecond of a search, and the milliseconds of a quick search, which are free. */
const pointsPerSearchMs = 10;
const quickSearchMs = 10;

/**
 * Begins to measure an operation. The function that it returns gives the points that were used: for a mutation its price; for a query the
 * rows that were read and the time of its searches, which no price can know.
 */
function meter({ document, operationName, contextValue }: ExecutionArgs, price: number): (data: unknown) => number {
  if (getOperationAST(document, operationName)?.operation !== "query") return () => price;
  const usage = currentUsage.getStore();
  const before = usage?.rows ?? 0;
  return (data) => {
    const searching = Math.max(0, searchMs(contextValue as Context) - quickSearchMs);
    const read = usage ? usage.rows - before : price;
    return rowsUsed(price, read, data) + Math.floor(searching * pointsPerSearchMs);
  };
}

export function tooExpensive(price: number, budget: number): DomainError {
  // JSON has no Infinity. If the price was not counted to its end, it is null.
  const counted = Number.isFinite(price) ? price : null;
  return new DomainError(
    "BAD_USER_INPUT",
    `The request could read ${counted ?? "far too many"} rows; the budget is ${budget}. Ask for smaller pages or fewer levels.`,
    { reason: "QUERY_TOO_EXPENSIVE", price: counted, budget },
  );
}
