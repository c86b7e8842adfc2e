import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { GraphQLSchema } from "graphql";
import { createAuthenticator } from "./authenticate.ts";
import type { Database } from "./database/open.ts";
import { createReadinessCheck } from "./database/readiness.ts";
import type { ErrorCode } from "./errors.ts";
import { serveGraphiQL } from "./graphiql/graphiql.ts";
import { allowOrigins } from "./http/cors.ts";
import { createEndpoint } from "./http/endpoint.ts";
import { serveHealth } from "./http/health.ts";
import { createRateLimit } from "./http/rate-limit.ts";
import { serveMetrics } from "./http/serve-metrics.ts";
import type { Log } from "./public-error.ts";
import { schema as publicSchema } from "./schema/index.ts";
import { beginExchange, type Exchange, type Observer, observeEnd } from "./telemetry/exchange.ts";
import type { Metrics } from "./telemetry/metrics.ts";

export interface GatewayOptions {
  db: Database;
  /** For how long a key look-up is remembered, and so how long a revoked key may still work. */
  keyCacheSeconds: number;
  /** False: no GraphiQL. With `apiKey`: that key is filled in. */
  graphiql: false | { apiKey?: string };
  /** Rows that one operation may make the database return: 25,000 if absent. */
  queryBudget?: number;
  /** Points that an API key may spend, one a request and one a row of its price; 0 or absent: without limit. */
  rateLimitPerMinute?: number;
  /** Origins whose pages may send requests; none if absent. */
  corsOrigins?: readonly string[];
  schema?: GraphQLSchema;
  log?: Log;
  /** Told of every GraphQL request when it has been answered. */
  observe?: Observer;
  /** Shown at /metrics when given. */
  metrics?: Metrics;
}

/** In milliseconds. Idle connections outlive those of the usual proxies, so that these never write into a closing one. */
const timeouts = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 5_000,
  keepAliveTimeout: 65_000,
};

/** Headers of every response. The pages of GraphiQL replace the policy with their own. */
const protection = Object.entries({
  "X-Content-Type-Options": "nosniff",
  "Cache-Control": "no-store",
  "Referrer-Policy": "no-referrer",
  "X-Frame-Options": "DENY",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
});

/** The gateway over node:http, not yet listening: GraphQL at /graphql, health and, when switched on, GraphiQL for browsers. */
export function createGateway(options: GatewayOptions): Server {
  const { db, keyCacheSeconds, graphiql, queryBudget = 25_000, schema = publicSchema } = options;
  const { rateLimitPerMinute, log = console.error, observe, metrics } = options;
  const origins = new Set(options.corsOrigins);
  const charge = rateLimitPerMinute ? createRateLimit(rateLimitPerMinute) : undefined;
  const authenticate = createAuthenticator(db, keyCacheSeconds);
  const endpoint = createEndpoint({ db, schema, authenticate, queryBudget, charge, log });
  const health = { isDraining: () => !server.listening, checkReadiness: createReadinessCheck(db) };
  const answer = async (request: IncomingMessage, response: ServerResponse, exchange: Exchange) => {
    if (!isWellFormed(request))
      return refuse(response, 400, "BAD_USER_INPUT", "The request's target or Host is malformed.");
    if (await serveHealth(health, request, response)) return;
    if (metrics && (await serveMetrics(metrics, request, response))) return;
    if (graphiql && (await serveGraphiQL(graphiql, request, response))) return;
    if (!/^\/graphql(\?|$)/.test(request.url ?? ""))
      return refuse(response, 404, "NOT_FOUND", "GraphQL is served at /graphql.");
    if (origins.size > 0 && allowOrigins(origins, request, response)) return;
    if (observe) observeEnd(exchange, response, observe);
    return endpoint(request, response);
  };
  const server = createServer(timeouts, (request, response) => {
    const exchange = beginExchange(request);
    response.setHeader("X-Request-Id", exchange.requestId);
    for (const [name, value] of protection) response.setHeader(name, value);
    answer(request, response, exchange).catch((error) => {
      log(error, exchange.requestId);
      response.destroy();
    });
  });
  return server;
}

/** Absolute-form targets and broken Host headers do not survive the composition of a URL that happens further in. */
function isWellFormed({ url = "", headers: { host } }: IncomingMessage): boolean {
  return (
    /^\/(?!\/)/.test(url) && (host === undefined || (/^[^\s/?#@\\]+$/.test(host) && URL.canParse(`http://${host}`)))
  );
}

function refuse(response: ServerResponse, status: number, code: ErrorCode, message: string): void {
  response.writeHead(status, { "Content-Type": "application/json; charset=utf-8" });
  response.end(JSON.stringify({ errors: [{ message, extensions: { code } }] }));
}
