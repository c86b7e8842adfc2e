import type { ExecutionResult } from "graphql";
import { isAsyncIterable, mapAsyncIterator, type Plugin, processRegularResult } from "graphql-yoga";
import { ClientHasLeft, isUnavailable } from "../database/unavailable.ts";
import { type Log, toPublicError } from "../public-error.ts";
import type { Exchange } from "../telemetry/exchange.ts";
import type { Result } from "./answer-directly.ts";
import type { AnswerType } from "./answer-types.ts";
import { processStream } from "./send-stream.ts";

interface AnswerOptions {
  log: Log;
  introspection: boolean;
}

interface Answered {
  exchange: Exchange;
  answerTypes: readonly AnswerType[];
}

/** Answers in the media type that the request prefers, with errors as clients may see them. */
export function useAnswer(options: AnswerOptions): Plugin<Answered, Answered> {
  return {
    onResultProcess({ result, setResult, setResultProcessor, serverContext }) {
      const { answerTypes } = serverContext;
      const [type = "application/json"] = answerTypes;
      setResult(publishResult(result, serverContext, options));
      if (!isAsyncIterable(result))
        setResultProcessor(type === "text/event-stream" ? processStream : processRegularResult, type);
      else setResultProcessor(processStream, "text/event-stream");
    },
  };
}

/** The result of an operation, of a batch or of a subscription, with errors as clients may see them. */
export function publishResult(
  result: Result,
  { exchange }: Pick<Answered, "exchange">,
  options: AnswerOptions,
): Result {
  const publish = (one: ExecutionResult) => (one.errors ? publishErrors(one, exchange, options) : one);
  if (isAsyncIterable(result)) return mapAsyncIterator(result, publish);
  return Array.isArray(result) ? result.map(publish) : publish(result);
}

function publishErrors(
  result: ExecutionResult,
  exchange: Exchange,
  { log, introspection }: AnswerOptions,
): ExecutionResult {
  const hidden: unknown[] = [];
  const errors = result.errors?.map((error) => toPublicError(error, (one) => hidden.push(one)));
  logOnce(hidden, exchange, log);
  for (const error of errors ?? []) {
    exchange.codes.add(error.extensions.code as string);
    // graphql would suggest names of the schema.
    if (!introspection) error.message = error.message.replace(/ Did you mean .*$/s, "");
  }
  return { ...result, errors };
}

/** Logs one error for each request, however many fields failed. It prefers an error of the gateway to one of the database. */
function logOnce(hidden: unknown[], exchange: Exchange, log: Log): void {
  const faults = hidden.filter((error) => !(error instanceof ClientHasLeft));
  if (faults.length === 0 || exchange.logged) return;
  exchange.logged = true;
  log(faults.find((error) => !isUnavailable(error)) ?? faults[0], exchange.requestId);
}
