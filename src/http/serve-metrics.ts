import type { IncomingMessage, ServerResponse } from "node:http";
import type { Metrics } from "../telemetry/metrics.ts";
import { pathOf } from "./path-of.ts";

/** Answers /metrics. False for everything else. */
export async function serveMetrics(
  metrics: Metrics,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  if (request.method !== "GET" || pathOf(request) !== "/metrics") return false;
  const { type, text } = await metrics.print();
  response.writeHead(200, { "Content-Type": type });
  response.end(text);
  return true;
}
