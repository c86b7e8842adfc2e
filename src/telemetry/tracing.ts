import { AsyncLocalStorage } from "node:async_hooks";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
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
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import type pg from "pg";
import { observeStatements } from "../database/statements.ts";
import { type Exchange, type FinishedExchange, observeEnd } from "./exchange.ts";
import { createSpanExporter } from "./span-exporter.ts";
import { startStatementSpan } from "./statement-span.ts";

export interface Tracing {
  /** Does the work of a request under a span, which ends with its response. */
  run<T>(exchange: Exchange, request: IncomingMessage, response: ServerResponse, work: () => T): T;
  /** Sends what is left, for a moment at most. */
  close(): Promise<void>;
}

const lastFlushMs = 1_000;
const ourFault = ["INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE"];

/**
 * Sends a span of every GraphQL request, and one of each SQL statement under it, to `endpoint` by OTLP over HTTP. They hold no key,
 * document, header, value of a variable or parameter, nor an error's message, which may quote one.
 */
export function openTracing(endpoint: string, pool: pg.Pool): Tracing {
  const provider = new BasicTracerProvider({
    resource: describeService(),
    spanProcessors: [new BatchSpanProcessor(createSpanExporter(endpoint))],
  });
  const tracer = provider.getTracer("parley");
  const current = new AsyncLocalStorage<Span>();
  observeStatements(pool, (text) => startStatementSpan(tracer, current.getStore(), text));
  return {
    run(exchange, request, response, work) {
      const span = startRequestSpan(tracer, exchange, request);
      observeEnd(exchange, response, (finished) => endRequestSpan(span, finished));
      return current.run(span, work);
    },
    async close() {
      await Promise.race([provider.shutdown(), wait(lastFlushMs, undefined, { ref: false })]).catch(() => {});
    },
  };
}

/** OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES come last, and win. */
function describeService() {
  return defaultResource()
    .merge(resourceFromAttributes({ "service.name": "parley" }))
    .merge(detectResources({ detectors: [envDetector] }));
}

function startRequestSpan(tracer: Tracer, exchange: Exchange, { method, headers }: IncomingMessage): Span {
  const attributes = { "http.request.method": method, "http.route": "/graphql", "url.path": "/graphql" };
  const parent = remoteContext(headers.traceparent);
  const span = tracer.startSpan(`${method} /graphql`, { kind: SpanKind.SERVER, attributes }, parent);
  exchange.traceId = span.spanContext().traceId;
  return span;
}

/** Without `tracestate`, which could hold anything and would go into the span. */
function remoteContext(traceparent: unknown): Context {
  const parent = typeof traceparent === "string" ? parseTraceParent(traceparent) : null;
  return parent ? trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true }) : ROOT_CONTEXT;
}

function endRequestSpan(
  span: Span,
  { operationType, operationName, codes, status, price, ...exchange }: FinishedExchange,
) {
  if (operationType) span.updateName(operationName ? `${operationType} ${operationName}` : operationType);
  span.setAttributes({
    "http.response.status_code": status,
    "graphql.operation.type": operationType,
    "graphql.operation.name": operationName,
    "parley.request_id": exchange.requestId,
    "parley.key_prefix": exchange.keyPrefix,
    "parley.workspace_id": exchange.workspaceId,
    "parley.price": Number.isFinite(price) ? price : undefined,
    "parley.error_codes": codes.size > 0 ? [...codes] : undefined,
  });
  const fault = ourFault.find((code) => codes.has(code)) ?? (status && status >= 500 ? `${status}` : undefined);
  if (fault) span.setAttribute("error.type", fault).setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}
