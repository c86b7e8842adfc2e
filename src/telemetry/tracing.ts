import { AsyncLocalStorage } from "node:async_hooks";
import type { ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import type { Span } from "@opentelemetry/api";
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import type pg from "pg";
import { observeStatements, type StatementObserver } from "../database/observe-statements.ts";
import { type Exchange, observeEnd } from "./exchange.ts";
import { recordStatement, type Statement } from "./record-statement.ts";
import { endRequestSpan, startRequestSpan } from "./request-span.ts";
import { createSpanExporter } from "./span-exporter.ts";

export interface Tracing {
  /** Runs the work of a request. The request gets its span when its response has ended. */
  run<T>(exchange: Exchange, response: ServerResponse, work: () => T): T;
  /** Sends the remaining spans, for a second at most. */
  close(): Promise<void>;
}

const lastFlushMs = 1_000;

/** The trace of one request: its statements that have ended, and after its end its span. */
interface Trace {
  statements: Statement[];
  span?: Span;
}

/**
 * Sends a span for every GraphQL request, and one below it for each SQL statement, to `endpoint` by OTLP over HTTP. Spans hold no key,
 * document, header, value of a variable or parameter, and no message of an error, which may quote one.
 */
export function openTracing(endpoint: string, pools: readonly pg.Pool[]): Tracing {
  const provider = new BasicTracerProvider({
    resource: describeService(),
    spanProcessors: [new BatchSpanProcessor(createSpanExporter(endpoint))],
  });
  const tracer = provider.getTracer("parley");
  const current = new AsyncLocalStorage<Trace>();
  const record: StatementObserver = (text) => {
    const own = current.getStore();
    const startedAt = performance.now();
    return (error) => {
      const statement = { text, startedAt, endedAt: performance.now(), error };
      if (own?.span) recordStatement(tracer, own.span, statement);
      else own?.statements.push(statement);
    };
  };
  for (const pool of pools) observeStatements(pool, record);
  return {
    run(exchange, response, work) {
      const own: Trace = { statements: [] };
      // Only now is it known whether the key was good. Before, the client's decision to sample does not count.
      observeEnd(exchange, response, (finished) => {
        own.span = startRequestSpan(tracer, exchange, response.req);
        for (const statement of own.statements) recordStatement(tracer, own.span, statement);
        endRequestSpan(own.span, finished);
      });
      return current.run(own, work);
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
