import type { IncomingMessage, ServerResponse } from "node:http";
import type { Metrics } from "../telemetry/metrics.ts";

/** Answers /metrics. False for everything else. */
export async function serveMetrics(
  metrics: Metrics,
  { method, url = "" }: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  if (method !== "GET" || url.split("?", 1)[0] !== "/metrics") return false;
  const { type, text } = await metrics.print();
  response.writeHead(200, { "Content-Type": type });
  response.end(text);
  return true;
}
