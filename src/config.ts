import { z } from "zod";
import { defaultLimits, type Limits } from "./limits.ts";

const maxPoolSize = 200;
const maxKeyCacheSeconds = 300;

const optionalNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max))
    .optional();

const wholeNumber = (min: number, max: number, fallback: number) => optionalNumber(min, max).default(fallback);

/** As a browser sends it, with a host name that there can be. */
const isOrigin = (text: string) =>
  /^https?:\/\/([\w-]+(\.[\w-]+)*\.?|\[[\da-f:.]+\])(:\d+)?$/.test(text) &&
  URL.canParse(text) &&
  new URL(text).origin === text;

const origins = z
  .string()
  .default("")
  .transform((text) => text.split(",").flatMap((origin) => origin.trim() || []))
  .pipe(z.array(z.string().refine(isOrigin)));

const isHttpUrl = (text: string) => /^https?:\/\/./.test(text) && URL.canParse(text);

const postgresUrl = z.string().refine((url) => /^postgres(ql)?:\/\/./.test(url) && URL.canParse(url));

/** Every variable the gateway reads, with what a wrong value is told. */
const variables = {
  DATABASE_URL: {
    rule: postgresUrl.optional(),
    expected:
      "a URL such as postgres://user:password@host:5432/database, or unset for the embedded database, which is not for production",
  },
  DATA_DIR: { rule: z.string().default(".parley"), expected: "a directory" },
  PORT: { rule: wholeNumber(0, 65_535, 4000), expected: "a whole number from 0 to 65535 (0 takes any free port)" },
  HOST: { rule: z.string().regex(/^\S+$/).default("127.0.0.1"), expected: "a host name or address to listen on" },
  DATABASE_POOL_SIZE: {
    rule: wholeNumber(1, maxPoolSize, 10),
    expected: `a whole number of connections from 1 to ${maxPoolSize}`,
  },
  QUERY_BUDGET: {
    rule: wholeNumber(1_000, 999_999, defaultLimits.queryBudget),
    expected: "a whole number of rows from 1000 to 999999",
  },
  MAX_DEPTH: { rule: wholeNumber(1, 100, defaultLimits.maxDepth), expected: "a whole number of levels from 1 to 100" },
  MAX_ALIASES: {
    rule: wholeNumber(0, 10_000, defaultLimits.maxAliases),
    expected: "a whole number of aliases from 0 to 10000",
  },
  MAX_DIRECTIVES: {
    rule: wholeNumber(0, 10_000, defaultLimits.maxDirectives),
    expected: "a whole number of directives from 0 to 10000",
  },
  MAX_FRAGMENTS: {
    rule: wholeNumber(0, 1_000, defaultLimits.maxFragments),
    expected: "a whole number of fragments from 0 to 1000",
  },
  MAX_TOKENS: {
    rule: wholeNumber(100, 10_000, defaultLimits.maxTokens),
    expected: "a whole number of tokens from 100 to 10000",
  },
  MAX_BATCH: {
    rule: wholeNumber(1, 100, defaultLimits.maxBatch),
    expected: "a whole number of operations in one request from 1 (no batches) to 100",
  },
  MAX_CONCURRENT_REQUESTS: {
    rule: wholeNumber(1, 10_000, 100),
    expected: "a whole number of requests from 1 to 10000",
  },
  MAX_WAITING_REQUESTS: {
    rule: wholeNumber(0, 10_000, 400),
    expected: "a whole number of requests from 0 to 10000",
  },
  MAX_WAIT_SECONDS: {
    rule: wholeNumber(1, 50, 15),
    expected: "a whole number of seconds from 1 to 50",
  },
  RATE_LIMIT_PER_MINUTE: {
    rule: wholeNumber(0, 999_999_999, 600_000),
    expected: "0 for no limit, or a whole number of points up to 999999999 and above QUERY_BUDGET",
  },
  RATE_LIMIT_PER_WORKSPACE: {
    rule: optionalNumber(1, 999_999_999),
    expected: "a whole number of points up to 999999999 and above QUERY_BUDGET",
  },
  RATE_LIMIT_STORE: { rule: z.enum(["memory", "database"]).default("memory"), expected: "memory or database" },
  GRAPHIQL: { rule: z.enum(["on", "off"]).optional(), expected: "on or off" },
  INTROSPECTION: { rule: z.enum(["on", "off"]).default("on"), expected: "on or off" },
  COMPILER: { rule: z.enum(["on", "off"]).default("on"), expected: "on or off" },
  KEY_CACHE_SECONDS: {
    rule: wholeNumber(0, maxKeyCacheSeconds, 5),
    expected: `a whole number of seconds from 0 to ${maxKeyCacheSeconds}`,
  },
  CORS_ORIGINS: { rule: origins, expected: "origins such as https://console.example.com, separated by commas" },
  METRICS: { rule: z.enum(["on", "off"]).default("off"), expected: "on or off" },
  SHUTDOWN_DELAY_SECONDS: {
    rule: optionalNumber(0, 300),
    expected: "a whole number of seconds from 0 to 300",
  },
  SHUTDOWN_GRACE_SECONDS: {
    rule: wholeNumber(2, 300, 10),
    expected: "a whole number of seconds from 2 to 300",
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    rule: z.string().refine(isHttpUrl).optional(),
    expected: "a URL such as http://localhost:4318, or nothing for no traces",
  },
  LOG_LEVEL: {
    rule: z.enum(["debug", "info", "warn", "error", "silent"]).optional(),
    expected: "debug, info, warn, error or silent",
  },
};

export interface Config {
  /** Absent: the embedded database in `dataDir`. */
  databaseUrl?: string;
  dataDir: string;
  /** Connections to `databaseUrl`; the embedded database always has one. */
  poolSize: number;
  host: string;
  port: number;
  graphiql: boolean;
  /** For how long a key look-up is remembered, and so how long a revoked key may still work. */
  keyCacheSeconds: number;
  /** Whether clients may ask for the schema. */
  introspection: boolean;
  compiler: boolean;
  limits: Limits;
  /** Requests that are worked on at the same time. */
  maxConcurrentRequests: number;
  /** Requests that wait for their turn. */
  maxWaitingRequests: number;
  /** For how long they may. */
  maxWaitSeconds: number;
  /** Points that an API key may spend, one a request and what its operation uses; 0: without limit. */
  rateLimitPerMinute: number;
  /** Points that all keys of a workspace may spend together. */
  rateLimitPerWorkspace: number;
  /** Whether each gateway counts those for itself, or all that share a database together. */
  rateLimitStore: "memory" | "database";
  /** Origins whose pages may send requests from a browser. */
  corsOrigins: string[];
  /** Whether /metrics is served, to whoever reaches the port. */
  metrics: boolean;
  /** For how long after a signal requests are still taken, so that balancers notice. */
  shutdownDelaySeconds: number;
  /** For how long after that what is under way may take. */
  shutdownGraceSeconds: number;
  /** Where traces are sent to by OTLP over HTTP; absent: there are none. */
  otlpEndpoint?: string;
  /** From `info` on, every GraphQL request is a line. */
  logLevel: "debug" | "info" | "warn" | "error" | "silent";
}

/** Reads the environment, "" counting as unset but for DATABASE_URL, whose absence starts a demo; throws one ConfigError that names every wrong variable and what it expects. */
export function readConfig(env: Record<string, string | undefined> = process.env): Config {
  const problems: string[] = [];
  const read = <Name extends keyof typeof variables>(name: Name) => {
    const { rule, expected } = variables[name];
    const result = rule.safeParse(env[name]?.trim() || undefined);
    if (!result.success) problems.push(`  ${name} must be ${expected}.`);
    return result.data as z.output<(typeof variables)[Name]["rule"]>;
  };
  const databaseUrl = withTls(read("DATABASE_URL"), env);
  const given = env.DATABASE_URL?.trim();
  if (given === "" || (given === undefined && env.NODE_ENV === "production"))
    problems.unshift(`  DATABASE_URL must be ${variables.DATABASE_URL.expected}.`);
  const rateLimitPerMinute = read("RATE_LIMIT_PER_MINUTE");
  const config: Config = {
    databaseUrl,
    dataDir: read("DATA_DIR"),
    poolSize: read("DATABASE_POOL_SIZE"),
    host: read("HOST"),
    port: read("PORT"),
    graphiql: (read("GRAPHIQL") ?? (databaseUrl ? "off" : "on")) === "on",
    keyCacheSeconds: read("KEY_CACHE_SECONDS"),
    introspection: read("INTROSPECTION") === "on",
    compiler: read("COMPILER") === "on",
    limits: {
      queryBudget: read("QUERY_BUDGET"),
      maxDepth: read("MAX_DEPTH"),
      maxAliases: read("MAX_ALIASES"),
      maxDirectives: read("MAX_DIRECTIVES"),
      maxFragments: read("MAX_FRAGMENTS"),
      maxTokens: read("MAX_TOKENS"),
      maxBatch: read("MAX_BATCH"),
    },
    maxConcurrentRequests: read("MAX_CONCURRENT_REQUESTS"),
    maxWaitingRequests: read("MAX_WAITING_REQUESTS"),
    maxWaitSeconds: read("MAX_WAIT_SECONDS"),
    rateLimitPerMinute,
    rateLimitPerWorkspace: read("RATE_LIMIT_PER_WORKSPACE") ?? 2 * rateLimitPerMinute,
    rateLimitStore: read("RATE_LIMIT_STORE"),
    corsOrigins: read("CORS_ORIGINS"),
    metrics: read("METRICS") === "on",
    shutdownDelaySeconds: read("SHUTDOWN_DELAY_SECONDS") ?? (databaseUrl ? 5 : 0),
    shutdownGraceSeconds: read("SHUTDOWN_GRACE_SECONDS"),
    otlpEndpoint: read("OTEL_EXPORTER_OTLP_ENDPOINT"),
    logLevel: read("LOG_LEVEL") ?? (databaseUrl ? "info" : "warn"),
  };
  if (config.rateLimitPerMinute > 0 && config.rateLimitPerMinute <= config.limits.queryBudget)
    problems.push(`  RATE_LIMIT_PER_MINUTE must be ${variables.RATE_LIMIT_PER_MINUTE.expected}.`);
  if (config.rateLimitPerMinute > 0 && config.rateLimitPerWorkspace <= config.limits.queryBudget)
    problems.push(`  RATE_LIMIT_PER_WORKSPACE must be ${variables.RATE_LIMIT_PER_WORKSPACE.expected}.`);
  if (problems.length > 0) throw new ConfigError(`Wrong configuration:\n${problems.join("\n")}`);
  return config;
}

/** The URL with what libpq takes from the environment about TLS, where it says nothing itself. */
function withTls(databaseUrl: string | undefined, env: Record<string, string | undefined>): string | undefined {
  if (!databaseUrl) return undefined;
  const url = new URL(databaseUrl);
  for (const name of ["sslmode", "sslrootcert", "sslcert", "sslkey"]) {
    const value = env[`PG${name.toUpperCase()}`];
    if (value && !url.searchParams.has(name)) url.searchParams.set(name, value);
  }
  return url.href;
}

/** A start that cannot succeed until the user changes something; the message says what and is shown without a stack. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}
