import { type ExecutionArgs, type GraphQLObjectType, getOperationAST, type OperationDefinitionNode } from "graphql";
import type { Plugin } from "graphql-yoga";
import { coerceVariables } from "../coerce-variables.ts";
import { DomainError } from "../errors.ts";
import { priceOf } from "../pricing/price.ts";
import { collectFields, selectionsOf } from "../selection.ts";
import { noteOperation } from "../telemetry/exchange.ts";
import { notAcceptable } from "./answer-types.ts";
import { tooExpensive } from "./charge-operation.ts";
import type { OpenStreams } from "./open-streams.ts";
import type { ServerContext } from "./request-reader.ts";
import { clearResponseTimeout } from "./response-timeout.ts";

/** Answers subscriptions as streams. Each batch of a stream is priced like an operation. */
export function useStreams(streams: OpenStreams, budget: number): Plugin<ServerContext> {
  return {
    onSubscribe({ args, setSubscribeFn, setResultAndStopExecution }) {
      const { exchange, res } = args.contextValue;
      noteOperation(exchange, args);
      try {
        const price = priceOfBatch(args, budget);
        setSubscribeFn(async (given: ExecutionArgs) => {
          const opened = await streams.open(given, price);
          if (Symbol.asyncIterator in opened) clearResponseTimeout(res);
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
  // Yoga would notice this only after the stream is open, and would not close it.
  if (!answerTypes.includes("text/event-stream")) throw notAcceptable();
  if (isBatch)
    throw new DomainError("BAD_USER_INPUT", "A subscription is sent in a request of its own.", {
      reason: "INVALID_REQUEST",
    });
  const price = priceOf(args) ?? 0;
  if (followsNothing(args))
    throw new DomainError("BAD_USER_INPUT", "A subscription needs its field: @skip and @include cannot leave it out.", {
      reason: "INVALID_DOCUMENT",
    });
  exchange.price = price;
  if (price > budget) throw tooExpensive(price, budget);
  return price;
}

/** Whether directives leave no field of the subscription. graphql does not handle this. */
function followsNothing({ schema, document, operationName, variableValues }: ExecutionArgs): boolean {
  const operation = getOperationAST(document, operationName) as OperationDefinitionNode;
  const { coerced } = coerceVariables(schema, operation, variableValues);
  const selections = selectionsOf(schema, document, coerced as Record<string, unknown>);
  const root = schema.getSubscriptionType() as GraphQLObjectType;
  return collectFields(selections, [operation.selectionSet], root).size === 0;
}
