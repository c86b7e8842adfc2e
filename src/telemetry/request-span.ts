import type { IncomingMessage } from "node:http";
import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { parseTraceParent } from "@opentelemetry/core";
import type { Exchange, FinishedExchange } from "./exchange.ts";

const ourFault = ["INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE"];

/**
 * Starts the span of a request at the time of its arrival. With a good key, it belongs to the client's trace, and the client has decided
 * about sampling. Without one, it is a trace of its own, sampled by the configuration of the gateway.
 */
export function startRequestSpan(tracer: Tracer, exchange: Exchange, { method, headers }: IncomingMessage): Span {
  const attributes = { "http.request.method": method, "http.route": "/graphql", "url.path": "/graphql" };
  const options = { kind: SpanKind.SERVER, attributes, startTime: exchange.startedAt };
  const parent = exchange.keyPrefix ? remoteContext(headers.traceparent) : ROOT_CONTEXT;
  const span = tracer.startSpan(`${method} /graphql`, options, parent);
  exchange.traceId = span.spanContext().traceId;
  return span;
}

/** It leaves out `tracestate`, which could hold anything and would go into the span. */
function remoteContext(traceparent: unknown): Context {
  const parent = typeof traceparent === "string" ? parseTraceParent(traceparent) : null;
  return parent ? trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true }) : ROOT_CONTEXT;
}

/** Names the span after its operation, adds the facts that the log has, and ends it. */
export function endRequestSpan(
  span: Span,
  { operationType, operationName, codes, status, price, ...exchange }: FinishedExchange,
): void {
  if (operationType) span.updateName(operationName ? `${operationType} ${operationName}` : operationType);
  span.setAttributes({
    "http.response.status_code": status,
    "graphql.operation.type": operationType,
    "graphql.operation.name": operationName,
    "parley.compiled": exchange.compiled,
    "parley.request_id": exchange.requestId,
    "parley.key_prefix": exchange.keyPrefix,
    "parley.workspace_id": exchange.workspaceId,
    "parley.price": Number.isFinite(price) ? price : undefined,
    "parley.error_codes": codes.size > 0 ? [...codes] : undefined,
  });
  const fault = ourFault.find((code) => codes.has(code)) ?? (status && status >= 500 ? `${status}` : undefined);
  if (fault) span.setAttribute("error.type", fault).setStatus({ code: SpanStatusCode.ERROR });
  span.end(exchange.startedAt + exchange.durationMs);
}
