import type { IncomingMessage, ServerResponse } from "node:http";

const shownHeaders = "Retry-After, X-Request-Id, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset";
const acceptedHeaders = "Authorization, X-Api-Key, Content-Type, Traceparent, X-Request-Id, X-Query-Cost";

/**
 * Lets pages of these origins read the answers, without cookies: the key is a header that the page sets. True when the request was
 * a preflight, which is then answered. Not Yoga's, which answers foreign origins with "null": sandboxed pages have that origin.
 */
export function allowOrigins(
  origins: ReadonlySet<string>,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  response.setHeader("Vary", "Origin");
  const { origin = "", "access-control-request-method": asked } = request.headers;
  if (!origins.has(origin)) return false;
  response.setHeader("Access-Control-Allow-Origin", origin);
  response.setHeader("Access-Control-Expose-Headers", shownHeaders);
  if (request.method !== "OPTIONS" || asked === undefined) return false;
  response.writeHead(204, {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": acceptedHeaders,
    "Access-Control-Max-Age": "3600",
  });
  response.end();
  return true;
}
