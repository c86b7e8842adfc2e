import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ExecutionArgs } from "graphql";
import { getOperationAST } from "graphql";
import { cutText } from "../cut-text.ts";
import { keyMark } from "../keys/key-format.ts";

/**
 * How many batches and events a stream has sent, and why it ended. The client left (`gone`) or took nothing for too long (`stalled`), the
 * stream was old, the gateway stops, the key is no longer good, or there was an error.
 */
export interface StreamRecord {
  batches: number;
  events: number;
  end: "gone" | "stalled" | "age" | "drain" | "key" | "error";
}

/** The facts about a GraphQL request that operators may see. It grows while the request is answered. */
export interface Exchange {
  readonly requestId: string;
  /** By the clock of `performance.now()`. */
  readonly startedAt: number;
  /** Absent: requests are not traced. */
  traceId?: string;
  keyPrefix?: string;
  /** As clients and `npm run keys` know it: `workspace_<uuid>`. */
  workspaceId?: string;
  operationName?: string;
  operationType?: "query" | "mutation" | "subscription";
  /** Whether a compiled statement answered it, and not the resolvers. */
  compiled?: boolean;
  price?: number;
  /** Points for reading and validating it, which are taken with its answer. */
  unpaidPoints?: number;
  /** Present if the request is a subscription. */
  stream?: StreamRecord;
  readonly codes: Set<string>;
  /** An error that clients may not see has been told to the operator. */
  logged?: boolean;
}

/** The facts after the last byte of the answer was sent, or after the client has left. */
export interface FinishedExchange extends Exchange {
  /** Absent: the client did not wait. */
  status?: number;
  durationMs: number;
}

export type Observer = (exchange: FinishedExchange) => void;

const wellFormedId = /^[\w.:-]{1,100}$/;
const maxOperationName = 100;

/** Begins an exchange. It takes over the client's request id if that is short, plain, and no API key. */
export function beginExchange(request: IncomingMessage): Exchange {
  const offered = request.headers["x-request-id"];
  const accepted = typeof offered === "string" && wellFormedId.test(offered) && !holdsKey(offered);
  const requestId = accepted ? offered : randomUUID();
  return { requestId, startedAt: performance.now(), codes: new Set() };
}

/** Notes the operation that is executed, by the name that its document gives it. */
export function noteOperation(exchange: Exchange, { document, operationName }: ExecutionArgs): void {
  const operation = getOperationAST(document, operationName);
  const name = operation?.name?.value;
  exchange.operationType = operation?.operation;
  exchange.operationName = name && (holdsKey(name) ? undefined : cutText(name, maxOperationName));
}

/** Tells the observer once, when the response has ended. */
export function observeEnd(exchange: Exchange, response: ServerResponse, observe: Observer): void {
  response.once("close", () => {
    const durationMs = performance.now() - exchange.startedAt;
    observe(
      Object.assign(exchange, { durationMs, status: response.writableFinished ? response.statusCode : undefined }),
    );
  });
}

function holdsKey(text: string): boolean {
  return text.includes(keyMark);
}
