import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { defaultLimits } from "./config.ts";
import { createReadinessCheck } from "./database/readiness.ts";
import { beginUsage, currentUsage } from "./database/usage.ts";
import { DomainError } from "./errors.ts";
import { createCommits } from "./events/commits.ts";
import { serveGraphiQL } from "./graphiql/graphiql.ts";
import { createAdmission, defaultCapacity } from "./http/admission.ts";
import { Backlog } from "./http/backlog.ts";
import { boundIdleConnections } from "./http/bound-idle-connections.ts";
import { boundUnreadAnswers } from "./http/bound-unread-answers.ts";
import { allowOrigins } from "./http/cors.ts";
import { createEndpoint } from "./http/endpoint.ts";
import { defaultTimeouts, type GatewayOptions } from "./http/gateway-options.ts";
import { serveHealth } from "./http/health.ts";
import { onHead } from "./http/on-head.ts";
import { defaultStreamLimits, OpenStreams } from "./http/open-streams.ts";
import { pathOf } from "./http/path-of.ts";
import { createRateLimit } from "./http/rate-limit.ts";
import { refuse } from "./http/refuse.ts";
import { setResponseTimeout } from "./http/response-timeout.ts";
import { serveMetrics } from "./http/serve-metrics.ts";
import { createAuthenticator } from "./keys/authenticate.ts";
import { schema as publicSchema } from "./schema/index.ts";
import { beginExchange, type Exchange, observeEnd } from "./telemetry/exchange.ts";

/** The connections of streams come on top. */
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

/**
 * Makes the gateway as a node:http server that does not listen yet. It serves GraphQL at /graphql, health, and GraphiQL for browsers if
 * that is on.
 */
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
  const streamLimits = { ...defaultStreamLimits, ...options.streams };
  const answers = new Backlog(capacity.answerBytes);
  const authenticate = createAuthenticator(db, keyCacheSeconds);
  const commits = createCommits(db, options.eventPollMs, options.doorbell);
  const streams = new OpenStreams({
    ...streamLimits,
    ...{ authenticate, admission, keyCacheSeconds, stopping },
  });
  metrics?.watchStreams(() => streams.held);
  const endpoint = createEndpoint({
    db,
    replicas: options.replicas,
    schema,
    authenticate,
    limits,
    introspection,
    compiler,
    direct: options.direct,
    commits,
    streams,
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
      // It comes after the trace begins, because the log has the id of the trace.
      if (observe) observeEnd(exchange, response, observe);
      return admission.admit(request, response, () =>
        currentUsage.run(beginUsage(), () => endpoint(request, response, exchange)),
      );
    };
    await (tracing ? tracing.run(exchange, response, work) : work());
  };
  const { exchangeTimeout, ...timeouts } = { ...defaultTimeouts, ...options.timeouts };
  const server = createServer(timeouts, (request, response) => {
    setResponseTimeout(request, response, exchangeTimeout);
    const exchange = beginExchange(request);
    boundUnreadAnswers(answers, response, exchange);
    closeUnlessKnown(response, exchange);
    response.setHeader("X-Request-Id", exchange.requestId);
    for (const [name, value] of protection) response.setHeader(name, value);
    answer(request, response, exchange).catch((error) => refuse(response, error, { exchange, log }));
  });
  server.once("close", () => commits.close());
  server.maxConnections = maxConnections + streamLimits.max;
  boundIdleConnections(server, maxIdleConnections);
  return server;
}

/** Closes the connection after the answer, unless the client has shown a valid API key. */
function closeUnlessKnown(response: ServerResponse, exchange: Exchange): void {
  onHead(response, () => {
    if (exchange.workspaceId === undefined) response.shouldKeepAlive = false;
  });
}

/** Whether the target and the Host of a request make a URL. Yoga makes one later, and would throw for an absolute target. */
function isWellFormed({ url = "", headers: { host } }: IncomingMessage): boolean {
  return (
    /^\/(?!\/)/.test(url) && (host === undefined || (/^[^\s/?#@\\]+$/.test(host) && URL.canParse(`http://${host}`)))
  );
}
