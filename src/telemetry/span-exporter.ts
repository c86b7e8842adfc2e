import { type ExportResult, ExportResultCode } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import type { SpanExporter } from "@opentelemetry/sdk-trace-base";

const silentMs = 60_000;

/** Sends spans to `<endpoint>/v1/traces`. Spans that do not arrive are dropped, with at most one line a minute on stderr. */
export function createSpanExporter(endpoint: string): SpanExporter {
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, "")}/v1/traces` });
  let toldAt = Number.NEGATIVE_INFINITY;
  const tell = ({ code, error }: ExportResult) => {
    if (code === ExportResultCode.SUCCESS || performance.now() - toldAt < silentMs) return;
    toldAt = performance.now();
    console.error(`Traces do not reach their collector: ${reasonOf(error)}`);
  };
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        tell(result);
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
  };
}

/** If several addresses refuse a connection, Node gives only a code. */
function reasonOf(error?: Error & { code?: unknown }): string {
  return error?.message || String(error?.code ?? "no reason given");
}
