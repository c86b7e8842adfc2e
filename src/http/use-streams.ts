import type { ExecutionArgs } from "graphql";
import type { Plugin } from "graphql-yoga";
import { DomainError } from "../errors.ts";
import { priceOf } from "../pricing/price.ts";
import { noteOperation } from "../telemetry/exchange.ts";
import { notAcceptable } from "./answer-types.ts";
import { liftBound } from "./bound-response.ts";
import type { ServerContext } from "./request-reader.ts";
import { tooExpensive } from "./run-operation.ts";
import type { Streams } from "./streams.ts";

/** Answers subscriptions as streams, whose batches are priced like operations. */
export function useStreams(streams: Streams, budget: number): Plugin<ServerContext> {
  return {
    onSubscribe({ args, setSubscribeFn, setResultAndStopExecution }) {
      const { exchange, res } = args.contextValue;
      noteOperation(exchange, args);
      try {
        const price = priceOfBatch(args, budget);
        setSubscribeFn(async (given: ExecutionArgs) => {
          const opened = await streams.open(given, price);
          if (Symbol.asyncIterator in opened) liftBound(res);
          return opened;
        });
      } catch (refusal) {
        setResultAndStopExecution({ errors: [refusal as never] });
      }
    },
  };
}

function priceOfBatch(args: ExecutionArgs & { contextValue: ServerContext }, budget: number): number {
  const { exchange, answerTypes, isBatch } = args.contextValue;
  // Yoga notices it when the stream is open already, and leaves it open.
  if (!answerTypes.includes("text/event-stream")) throw notAcceptable();
  if (isBatch)
    throw new DomainError("BAD_USER_INPUT", "A subscription is sent in a request of its own.", {
      reason: "INVALID_REQUEST",
    });
  const price = priceOf(args) ?? 0;
  exchange.price = price;
  if (price > budget) throw tooExpensive(price, budget);
  return price;
}
