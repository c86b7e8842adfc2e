import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { GraphQLSchema } from "graphql";
import type pg from "pg";
import { defaultLimits, type Limits } from "./config.ts";
import type { Database } from "./database/open.ts";
import { createReadinessCheck } from "./database/readiness.ts";
import type { Replicas } from "./database/replicas.ts";
import { beginUsage, currentUsage } from "./database/usage.ts";
import { DomainError } from "./errors.ts";
import { serveGraphiQL } from "./graphiql/graphiql.ts";
import { type Capacity, createAdmission, defaultCapacity } from "./http/admission.ts";
import { Backlog } from "./http/backlog.ts";
import { boundAnswer } from "./http/bound-answer.ts";
import { boundIdleConnections } from "./http/bound-idle-connections.ts";
import { boundResponse } from "./http/bound-response.ts";
import { allowOrigins } from "./http/cors.ts";
import { createEndpoint } from "./http/endpoint.ts";
import { serveHealth } from "./http/health.ts";
import { onHead } from "./http/on-head.ts";
import { pathOf } from "./http/path-of.ts";
import { createRateLimit } from "./http/rate-limit.ts";
import { refuse } from "./http/refuse.ts";
import { serveMetrics } from "./http/serve-metrics.ts";
import { createAuthenticator } from "./keys/authenticate.ts";
import type { Log } from "./public-error.ts";
import { schema as publicSchema } from "./schema/index.ts";
import { beginExchange, type Exchange, type Observer, observeEnd } from "./telemetry/exchange.ts";
import type { Metrics } from "./telemetry/metrics.ts";
import type { Tracing } from "./telemetry/tracing.ts";

export interface GatewayOptions {
  db: Database;
  /** The replicas that answer queries that may be stale. */
  replicas?: Replicas;
  /** How long a key look-up is remembered, and so how long a revoked key may still work. */
  keyCacheSeconds: number;
  /** False for no GraphiQL. The page has `apiKey` filled in. */
  graphiql: false | { apiKey?: string };
  /** The limits of one request that differ from the default. */
  limits?: Partial<Limits>;
  /** Whether clients may ask for the schema. Absent: yes. */
  introspection?: boolean;
  /** Whether operations are compiled to one statement where possible. Absent: yes. */
  compiler?: boolean;
  /** The requests and rows on which this process works at the same time. Absent: 100 requests, and four times the budget of one request. */
  capacity?: Partial<Capacity>;
  /** Points that an API key may spend, one a request and what its operation uses; 0 or absent: without limit. */
  rateLimitPerMinute?: number;
  /** Points that all keys of a workspace may spend together; twice those of a key if absent. */
  rateLimitPerWorkspace?: number;
  /** The database in which several gateways count these points together. Absent: this process counts for itself. */
  rateLimitStore?: pg.Pool;
  /** Origins whose pages may send requests; none if absent. */
  corsOrigins?: readonly string[];
  schema?: GraphQLSchema;
  log?: Log;
  /** Is called for every GraphQL request when it has been answered. */
  observe?: Observer;
  /** If given, /metrics shows it. */
  metrics?: Metrics;
  /** If given, every GraphQL request is a span. */
  tracing?: Tracing;
  /** Is aborted when the gateway is about to stop. /readyz then tells balancers to send nothing more. */
  stopping?: AbortSignal;
  /** The timeouts that differ from the default. */
  timeouts?: Partial<Timeouts>;
}

/** In milliseconds. */
interface Timeouts {
  headersTimeout: number;
  /** For the whole request, headers and body. */
  requestTimeout: number;
  connectionsCheckingInterval: number;
  keepAliveTimeout: number;
  /** From the headers of a request to the end of its answer. */
  exchangeTimeout: number;
}

const defaultTimeouts: Timeouts = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 1_000,
  // Idle connections live longer than those of the usual proxies, so that no proxy writes into a connection that closes.
  keepAliveTimeout: 65_000,
  exchangeTimeout: 60_000,
};

const maxConnections = 10_000;
const maxIdleConnections = 2_000;

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
  const { db, keyCacheSeconds, graphiql, schema = publicSchema, introspection = true, compiler = true } = options;
  const { rateLimitPerMinute, log = console.error, observe, metrics, tracing, stopping } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const origins = new Set(options.corsOrigins);
  const { rateLimitPerWorkspace = 2 * (rateLimitPerMinute ?? 0) } = options;
  const charge = rateLimitPerMinute
    ? createRateLimit({ key: rateLimitPerMinute, workspace: rateLimitPerWorkspace }, options.rateLimitStore)
    : undefined;
  const capacity = { ...defaultCapacity, rows: 4 * limits.queryBudget, ...options.capacity };
  const admission = createAdmission(capacity);
  const answers = new Backlog(capacity.answerBytes);
  const authenticate = createAuthenticator(db, keyCacheSeconds);
  const endpoint = createEndpoint({
    db,
    replicas: options.replicas,
    schema,
    authenticate,
    limits,
    introspection,
    compiler,
    admission,
    charge,
    log,
  });
  const health = {
    isDraining: () => stopping?.aborted || !server.listening,
    checkReadiness: createReadinessCheck(db),
  };
  const serveByGet = async (request: IncomingMessage, response: ServerResponse) =>
    (await serveHealth(health, request, response)) ||
    (metrics && (await serveMetrics(metrics, request, response))) ||
    (graphiql && (await serveGraphiQL(graphiql, request, response)));
  const answer = async (request: IncomingMessage, response: ServerResponse, exchange: Exchange) => {
    if (!isWellFormed(request))
      throw new DomainError("BAD_USER_INPUT", "The request's target or Host is malformed.", {
        reason: "INVALID_REQUEST",
      });
    if (request.method !== "POST" && (await serveByGet(request, response))) return;
    if (pathOf(request) !== "/graphql")
      throw new DomainError("NOT_FOUND", "GraphQL is served at /graphql.", { reason: "PATH" });
    if (origins.size > 0 && allowOrigins(origins, request, response)) return;
    const work = () => {
      // This comes after the trace, because it logs the trace's id.
      if (observe) observeEnd(exchange, response, observe);
      return admission.admit(request, response, () =>
        currentUsage.run(beginUsage(), () => endpoint(request, response, exchange)),
      );
    };
    await (tracing ? tracing.run(exchange, response, work) : work());
  };
  const { exchangeTimeout, ...timeouts } = { ...defaultTimeouts, ...options.timeouts };
  const server = createServer(timeouts, (request, response) => {
    boundResponse(request, response, exchangeTimeout);
    const exchange = beginExchange(request);
    boundAnswer(answers, response, exchange);
    closeUnlessKnown(response, exchange);
    response.setHeader("X-Request-Id", exchange.requestId);
    for (const [name, value] of protection) response.setHeader(name, value);
    answer(request, response, exchange).catch((error) => refuse(response, error, { exchange, log }));
  });
  server.maxConnections = maxConnections;
  boundIdleConnections(server, maxIdleConnections);
  return server;
}

/** Closes the connection after the answer, unless the client has shown a valid API key. */
function closeUnlessKnown(response: ServerResponse, exchange: Exchange): void {
  onHead(response, () => {
    if (exchange.workspaceId === undefined) response.shouldKeepAlive = false;
  });
}

/** Whether the target and Host of a request make a URL. Yoga composes one later, and would throw for absolute-form targets. */
function isWellFormed({ url = "", headers: { host } }: IncomingMessage): boolean {
  return (
    /^\/(?!\/)/.test(url) && (host === undefined || (/^[^\s/?#@\\]+$/.test(host) && URL.canParse(`http://${host}`)))
  );
}
