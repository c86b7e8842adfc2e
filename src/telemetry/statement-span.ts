import { ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, type Tracer, trace } from "@opentelemetry/api";
import type { StatementObserver } from "../database/statements.ts";

const maxText = 1_000;

/** Of a statement, behind its comments. */
const firstWord = /^(?:\s|\/\*.*?\*\/)*(\w+)/;

/** Starts the span of a SQL statement and returns what ends it. Under no request, or one that is not recorded, there is none. */
export function startStatementSpan(
  tracer: Tracer,
  parent: Span | undefined,
  text: string,
): ReturnType<StatementObserver> {
  if (!parent?.isRecording()) return () => {};
  const verb = firstWord.exec(text)?.[1]?.toUpperCase() ?? "SQL";
  const attributes = {
    "db.system.name": "postgresql",
    "db.operation.name": verb,
    "db.query.text": text.slice(0, maxText),
  };
  const span = tracer.startSpan(verb, { kind: SpanKind.CLIENT, attributes }, trace.setSpan(ROOT_CONTEXT, parent));
  return (error) => {
    if (error) span.setAttribute("error.type", codeOf(error)).setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  };
}

/** A SQLSTATE, or the code of a system error. */
function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code ?? "_OTHER");
}
