import { z } from "zod";
import {
  isHttpUrl,
  isOrigin,
  isPostgresUrl,
  listOf,
  oneOf,
  onOrOff,
  type Setting,
  wholeNumber,
} from "./setting-kinds.ts";

const maxPoints = 999_999_999;

/**
 * Every variable that the gateway reads, except those that limit one request. To add a variable, add one entry here or to `limitSettings`.
 * The field of `Config`, its type, the check at start and its message follow from the entry. So does the row of the table in
 * docs/operating.md, which `npm test -- test/documents.test.ts -u` prints.
 */
export const settings = {
  databaseUrl: {
    variable: "DATABASE_URL",
    rule: z.string().refine(isPostgresUrl),
    expected:
      "a URL such as postgres://user:password@host:5432/database, or unset for the embedded database, which is not for production",
    default: { none: "none: the embedded database" },
    meaning: "the database, PostgreSQL 15 or newer; see [The database](#the-database)",
  },
  replicaUrls: {
    variable: "DATABASE_REPLICA_URL",
    rule: listOf(isPostgresUrl, /[\s,]+/),
    expected: "one or several URLs of standbys of DATABASE_URL, which has to be set, with commas between them",
    default: "",
    meaning: "streaming replicas for queries that may be stale; see [Read replicas](#read-replicas)",
  },
  dataDir: {
    variable: "DATA_DIR",
    rule: z.string(),
    expected: "a directory",
    default: ".parley",
    meaning: "the directory of the embedded database; one process uses it at a time",
  },
  poolSize: {
    variable: "DATABASE_POOL_SIZE",
    ...wholeNumber("connections", [1, 200]),
    default: "10",
    meaning:
      "how many connections to PostgreSQL one workspace may use; the gateway opens five more ([Limits and overload](#limits-and-overload)), and the embedded database has one",
  },
  host: {
    variable: "HOST",
    rule: z.string().regex(/^\S+$/),
    expected: "a host name or address to listen on",
    default: "127.0.0.1",
    meaning: "the address on which the gateway listens",
  },
  port: {
    variable: "PORT",
    ...wholeNumber("a port", [0, 65_535]),
    expected: "a whole number from 0 to 65535 (0 takes any free port)",
    default: "4000",
    meaning: "the port on which the gateway listens",
  },
  graphiql: {
    variable: "GRAPHIQL",
    ...onOrOff,
    default: { embedded: "on", postgres: "off" },
    meaning: "whether browsers get the page GraphiQL",
  },
  introspection: {
    variable: "INTROSPECTION",
    ...onOrOff,
    default: "on",
    meaning:
      "whether clients may ask for the schema; if not, errors suggest no names, GraphiQL has no documentation, and only federation's `_service` shows the schema, to keys that may read",
  },
  compiler: {
    variable: "COMPILER",
    ...onOrOff,
    default: "on",
    meaning:
      "whether one SQL statement answers an operation where it can; with `off` the resolvers answer all of them, several times slower and with the same JSON",
  },
  maxConcurrentRequests: {
    variable: "MAX_CONCURRENT_REQUESTS",
    ...wholeNumber("requests", [1, 10_000]),
    default: "100",
    meaning:
      "how many GraphQL requests of one workspace are worked on at a time; a tenth more are for other workspaces",
  },
  maxWaitingRequests: {
    variable: "MAX_WAITING_REQUESTS",
    ...wholeNumber("requests", [0, 10_000]),
    default: "400",
    meaning: "how many requests may wait for their turn; the gateway refuses more at once",
  },
  maxWaitSeconds: {
    variable: "MAX_WAIT_SECONDS",
    ...wholeNumber("seconds", [1, 50]),
    default: "15",
    meaning: "how long a request may wait for its turn, and then for a connection to the database",
  },
  maxSubscriptions: {
    variable: "MAX_SUBSCRIPTIONS",
    ...wholeNumber("streams", [1, 100_000]),
    default: "1000",
    meaning:
      "how many subscriptions the gateway holds at the same time, half of them of one workspace; 50 of one API key",
  },
  subscriptionMaxSeconds: {
    variable: "SUBSCRIPTION_MAX_SECONDS",
    ...wholeNumber("seconds", [10, 86_400]),
    default: "3600",
    meaning: "after how long, give or take a tenth, a subscription is ended with `complete`",
  },
  eventPollMs: {
    variable: "EVENT_POLL_MS",
    ...wholeNumber("milliseconds", [100, 60_000]),
    default: "1000",
    meaning: "how often a gateway asks what others have committed, while it has subscriptions",
  },
  eventRetentionDays: {
    variable: "EVENT_RETENTION_DAYS",
    ...wholeNumber("days", [0, 36_500]),
    default: "30",
    meaning: "how long events are kept; 0: for ever",
  },
  rateLimitPerMinute: {
    variable: "RATE_LIMIT_PER_MINUTE",
    ...wholeNumber("points", [0, maxPoints]),
    expected: `0 for no limit, or a whole number of points up to ${maxPoints} and above QUERY_BUDGET`,
    default: "600000",
    meaning: "how many points one API key may spend in a minute",
  },
  rateLimitPerWorkspace: {
    variable: "RATE_LIMIT_PER_WORKSPACE",
    ...wholeNumber("points", [1, maxPoints]),
    expected: `a whole number of points up to ${maxPoints} and above QUERY_BUDGET`,
    default: { none: "twice `RATE_LIMIT_PER_MINUTE`" },
    meaning: "how many points all keys of a workspace may spend together in a minute",
  },
  rateLimitStore: {
    variable: "RATE_LIMIT_STORE",
    ...oneOf("memory", "database"),
    default: "memory",
    meaning: "where points are counted: by each gateway for itself, or by all gateways on the same database together",
  },
  keyCacheSeconds: {
    variable: "KEY_CACHE_SECONDS",
    ...wholeNumber("seconds", [0, 300]),
    default: "5",
    meaning: "how long a key look-up is remembered, and so how long a revoked key may still work",
  },
  corsOrigins: {
    variable: "CORS_ORIGINS",
    rule: listOf(isOrigin, /\s*,\s*/),
    expected: "origins such as https://console.example.com, separated by commas",
    default: "",
    meaning: "whose pages may send requests from a browser; the gateway never uses cookies",
  },
  logLevel: {
    variable: "LOG_LEVEL",
    ...oneOf("debug", "info", "warn", "error", "silent"),
    default: { embedded: "warn", postgres: "info" },
    meaning: "the least important lines that are logged; from `info` on, every GraphQL request is a line",
  },
  metrics: {
    variable: "METRICS",
    ...onOrOff,
    default: "off",
    meaning: "whether `/metrics` is served for Prometheus, to everybody who reaches the port",
  },
  shutdownDelaySeconds: {
    variable: "SHUTDOWN_DELAY_SECONDS",
    ...wholeNumber("seconds", [0, 300]),
    default: { embedded: "0", postgres: "5" },
    meaning: "how long requests are still taken after SIGTERM, while `/readyz` answers 503 and balancers notice",
  },
  shutdownGraceSeconds: {
    variable: "SHUTDOWN_GRACE_SECONDS",
    ...wholeNumber("seconds", [2, 300]),
    default: "10",
    meaning: "how long requests that have begun may take after that",
  },
  otlpEndpoint: {
    variable: "OTEL_EXPORTER_OTLP_ENDPOINT",
    rule: z.string().refine(isHttpUrl),
    expected: "a URL such as http://localhost:4318, or nothing for no traces",
    default: { none: "none" },
    meaning: "the collector to which OpenTelemetry traces are sent, by OTLP over HTTP",
  },
} satisfies Record<string, Setting>;

/** The limits of one request. The gateway refuses a request beyond them before any of it runs. */
export const limitSettings = {
  queryBudget: {
    variable: "QUERY_BUDGET",
    ...wholeNumber("rows", [1_000, 999_999]),
    default: "25000",
    meaning: "how many rows one request may make the database read",
  },
  maxDepth: {
    variable: "MAX_DEPTH",
    ...wholeNumber("levels", [1, 100]),
    // Enough for a whole tree of conversations, as edges and nodes, and for the fields of its last level.
    default: "40",
    meaning:
      "how many levels of fields an operation may have, with its fragments; introspection has a limit of its own",
  },
  maxAliases: {
    variable: "MAX_ALIASES",
    ...wholeNumber("aliases", [0, 10_000]),
    default: "100",
    meaning: "how many aliases an operation may have, with its fragments",
  },
  maxDirectives: {
    variable: "MAX_DIRECTIVES",
    ...wholeNumber("directives", [0, 10_000]),
    default: "50",
    meaning: "how many directives an operation may have, with its fragments",
  },
  maxFragments: {
    variable: "MAX_FRAGMENTS",
    ...wholeNumber("fragments", [0, 1_000]),
    default: "100",
    meaning: "how many fragments a document may have; it may have 100 operations",
  },
  maxTokens: {
    variable: "MAX_TOKENS",
    ...wholeNumber("tokens", [100, 10_000]),
    default: "5000",
    meaning: "how many tokens a document may have",
  },
  maxBatch: {
    variable: "MAX_BATCH",
    ...wholeNumber("operations", [1, 100]),
    expected: "a whole number of operations in one request from 1 (no batches) to 100",
    default: "1",
    meaning: "how many operations one request may have, which share its budget",
  },
} satisfies Record<string, Setting>;
