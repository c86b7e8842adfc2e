import type { ServerResponse } from "node:http";
import { type Log, toPublicError } from "../public-error.ts";
import type { Exchange } from "../telemetry/exchange.ts";

/** Answers a request that is refused before GraphQL. */
export function refuse(
  response: ServerResponse,
  error: unknown,
  { exchange: { requestId, codes }, log }: { exchange: Exchange; log: Log },
): void {
  const { message, extensions } = toPublicError(error, (hidden) => log(hidden, requestId));
  const { http, ...shown } = extensions as { http: { status: number; headers?: Record<string, string> }; code: string };
  codes.add(shown.code);
  if (response.headersSent) return void response.destroy();
  response.writeHead(http.status, { "Content-Type": "application/json; charset=utf-8", ...http.headers });
  response.end(JSON.stringify({ errors: [{ message, extensions: shown }] }));
}
