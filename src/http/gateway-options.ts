import type { GraphQLSchema } from "graphql";
import type pg from "pg";
import type { Limits } from "../config.ts";
import type { Database } from "../database/open.ts";
import type { Replicas } from "../database/replicas.ts";
import type { Log } from "../public-error.ts";
import type { Observer } from "../telemetry/exchange.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { Tracing } from "../telemetry/tracing.ts";
import type { Capacity } from "./admission.ts";
import type { StreamLimits } from "./open-streams.ts";

export interface GatewayOptions {
  db: Database;
  /** The replicas that answer queries that may be stale. */
  replicas?: Replicas;
  /** How long a key look-up is remembered, and so how long a revoked key may still work. */
  keyCacheSeconds: number;
  /** False: no GraphiQL. The page has `apiKey` filled in. */
  graphiql: false | { apiKey?: string };
  /** The limits of one request that differ from the default. */
  limits?: Partial<Limits>;
  /** Whether clients may ask for the schema. Absent: yes. */
  introspection?: boolean;
  /** Whether operations are compiled to one statement where possible. Absent: yes. */
  compiler?: boolean;
  /** The requests and rows on which this process works at the same time. Absent: those of the settings, and four times the budget of one request. */
  capacity?: Partial<Capacity>;
  /** Points that an API key may spend, one a request and what its operation uses; 0 or absent: without limit. */
  rateLimitPerMinute?: number;
  /** Points that all keys of a workspace may spend together; twice those of a key if absent. */
  rateLimitPerWorkspace?: number;
  /** The database in which several gateways count these points together. Absent: this process counts for itself. */
  rateLimitStore?: pg.Pool;
  /** Origins whose pages may send requests; none if absent. */
  corsOrigins?: readonly string[];
  /** The limits of streams that differ from the default. */
  streams?: Partial<StreamLimits>;
  /** How often the gateway asks what was committed, in milliseconds, while it has streams. Absent: that of the settings. */
  eventPollMs?: number;
  /** The connection by which gateways on one PostgreSQL tell one another of their commits. Absent: they only ask. */
  doorbell?: pg.ClientConfig | undefined;
  /** Whether ordinary requests go around Yoga's own way, which makes objects of WHATWG's fetch. Absent: yes. */
  direct?: boolean;
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

export const defaultTimeouts: Timeouts = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 1_000,
  // Idle connections live longer than those of the usual proxies, so that no proxy writes into a connection that closes.
  keepAliveTimeout: 65_000,
  exchangeTimeout: 60_000,
};
