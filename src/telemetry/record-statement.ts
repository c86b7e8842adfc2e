import { ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, TraceFlags, type Tracer, trace } from "@opentelemetry/api";
import { cutText } from "../cut-text.ts";

/** A SQL statement that has ended; its times are of the clock of `performance.now()`. */
export interface Statement {
  text: string;
  startedAt: number;
  endedAt: number;
  /** The error with which it failed. */
  error?: unknown;
}

const maxText = 1_000;

/** The first word of a statement, behind its comments. */
const firstWord = /^(?:\s|\/\*.*?\*\/)*(\w+)/;

/** Makes the span of a SQL statement under that of its request. Under one that is not recorded, there is none. */
export function recordStatement(tracer: Tracer, parent: Span, { text, startedAt, endedAt, error }: Statement): void {
  if (!(parent.spanContext().traceFlags & TraceFlags.SAMPLED)) return;
  const verb = firstWord.exec(text)?.[1]?.toUpperCase() ?? "SQL";
  const attributes = {
    "db.system.name": "postgresql",
    "db.operation.name": verb,
    "db.query.text": cutText(text, maxText),
  };
  const options = { kind: SpanKind.CLIENT, attributes, startTime: startedAt };
  const span = tracer.startSpan(verb, options, trace.setSpan(ROOT_CONTEXT, parent));
  if (error) span.setAttribute("error.type", codeOf(error)).setStatus({ code: SpanStatusCode.ERROR });
  span.end(endedAt);
}

/** A SQLSTATE, or the code of a system error. */
function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code ?? "_OTHER");
}
