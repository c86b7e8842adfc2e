import type { IncomingMessage, ServerResponse } from "node:http";

const shownHeaders = "Retry-After, X-Request-Id, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, X-Staleness";

/** The name of a header by RFC 9110, section 5.1, of at most 100 characters. */
const fieldName = /^[!#$%&'*+.^_`|~\w-]{1,100}$/;
const maxFieldNames = 100;

/**
 * Lets pages of these origins read the answers, without cookies: the page itself sets the key as a header. Returns true if the request was
 * a preflight, which it has answered. Yoga's own CORS answers foreign origins with "null", which is the origin of sandboxed pages.
 */
export function allowOrigins(
  origins: ReadonlySet<string>,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  response.setHeader("Vary", "Origin");
  const { origin = "", "access-control-request-method": method } = request.headers;
  if (!origins.has(origin)) return false;
  response.setHeader("Access-Control-Allow-Origin", origin);
  response.setHeader("Access-Control-Expose-Headers", shownHeaders);
  if (request.method !== "OPTIONS" || method === undefined) return false;
  response.writeHead(204, {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": fieldNames(request.headers["access-control-request-headers"]),
    "Access-Control-Max-Age": "3600",
    Vary: "Origin, Access-Control-Request-Headers",
  });
  response.end();
  return true;
}

/** A page may send every header that it asks for, because only the key identifies the caller, and no cookie does. */
function fieldNames(asked = ""): string {
  const names = asked.split(",", maxFieldNames).map((name) => name.trim());
  return names.filter((name) => fieldName.test(name)).join(", ");
}
