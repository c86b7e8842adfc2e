import { describe, expect, test } from "vitest";
import { readConfig } from "../src/config.ts";

describe("the configuration", () => {
  test("is complete without any variable, and an empty variable counts as none", () => {
    const expected = {
      databaseUrl: undefined,
      replicaUrls: [],
      dataDir: ".parley",
      poolSize: 10,
      host: "127.0.0.1",
      port: 4000,
      graphiql: true,
      keyCacheSeconds: 5,
      introspection: true,
      compiler: true,
      limits: {
        queryBudget: 25_000,
        maxDepth: 40,
        maxAliases: 100,
        maxDirectives: 50,
        maxFragments: 100,
        maxTokens: 5_000,
        maxBatch: 1,
      },
      maxConcurrentRequests: 100,
      maxWaitingRequests: 400,
      maxWaitSeconds: 15,
      maxSubscriptions: 1_000,
      subscriptionMaxSeconds: 3_600,
      eventPollMs: 1_000,
      eventRetentionDays: 30,
      rateLimitPerMinute: 600_000,
      rateLimitStore: "memory",
      corsOrigins: [],
      metrics: false,
      shutdownDelaySeconds: 0,
      shutdownGraceSeconds: 10,
      otlpEndpoint: undefined,
      logLevel: "warn",
    };
    expect(readConfig({})).toEqual(expected);
    expect(readConfig({ PORT: " ", GRAPHIQL: "" })).toEqual(expected);
  });

  test("takes every variable", () => {
    expect(
      readConfig({
        DATABASE_URL: "postgresql://user:pass@db.example.com/parley?sslmode=require",
        DATABASE_REPLICA_URL: "postgres://one.example.com/parley, postgres://two.example.com/parley",
        DATA_DIR: "/var/lib/parley",
        PORT: "0",
        HOST: "::",
        DATABASE_POOL_SIZE: "40",
        GRAPHIQL: "on",
        KEY_CACHE_SECONDS: "0",
        INTROSPECTION: "off",
        COMPILER: "off",
        QUERY_BUDGET: "5000",
        MAX_DEPTH: "20",
        MAX_ALIASES: "0",
        MAX_DIRECTIVES: "1",
        MAX_FRAGMENTS: "7",
        MAX_TOKENS: "2000",
        MAX_BATCH: "10",
        MAX_CONCURRENT_REQUESTS: "7",
        MAX_SUBSCRIPTIONS: "20",
        SUBSCRIPTION_MAX_SECONDS: "60",
        EVENT_POLL_MS: "250",
        EVENT_RETENTION_DAYS: "0",
        RATE_LIMIT_PER_MINUTE: "5001",
        RATE_LIMIT_STORE: "database",
        CORS_ORIGINS:
          "https://console.example.com, http://localhost:3000, http://[::1]:8080, https://xn--bcher-kva.example,",
        METRICS: "on",
        SHUTDOWN_DELAY_SECONDS: "2",
        SHUTDOWN_GRACE_SECONDS: "30",
        OTEL_EXPORTER_OTLP_ENDPOINT: "https://collector.example.com:4318",
        LOG_LEVEL: "error",
      }),
    ).toEqual({
      databaseUrl: "postgresql://user:pass@db.example.com/parley?sslmode=require",
      replicaUrls: ["postgres://one.example.com/parley", "postgres://two.example.com/parley"],
      dataDir: "/var/lib/parley",
      poolSize: 40,
      host: "::",
      port: 0,
      graphiql: true,
      keyCacheSeconds: 0,
      introspection: false,
      compiler: false,
      limits: {
        queryBudget: 5000,
        maxDepth: 20,
        maxAliases: 0,
        maxDirectives: 1,
        maxFragments: 7,
        maxTokens: 2000,
        maxBatch: 10,
      },
      maxConcurrentRequests: 7,
      maxWaitingRequests: 400,
      maxWaitSeconds: 15,
      maxSubscriptions: 20,
      subscriptionMaxSeconds: 60,
      eventPollMs: 250,
      eventRetentionDays: 0,
      rateLimitPerMinute: 5001,
      rateLimitStore: "database",
      corsOrigins: [
        "https://console.example.com",
        "http://localhost:3000",
        "http://[::1]:8080",
        "https://xn--bcher-kva.example",
      ],
      metrics: true,
      shutdownDelaySeconds: 2,
      shutdownGraceSeconds: 30,
      otlpEndpoint: "https://collector.example.com:4318",
      logLevel: "error",
    });
  });

  test.each([
    { DATABASE_URL: "" },
    { DATABASE_URL: " " },
    { DATABASE_URL: "", NODE_ENV: "production" },
    { NODE_ENV: "production" },
  ])("never takes the embedded database by mistake: %j", (env) => {
    expect(() => readConfig(env)).toThrow(/^Wrong configuration:\n {2}DATABASE_URL must be .*not for production\.$/);
  });

  test("takes from libpq's variables what the URL does not say of TLS", () => {
    const env = { PGSSLMODE: "verify-full", PGSSLROOTCERT: "/ca.pem" };
    const read = (url: string) => readConfig({ ...env, DATABASE_URL: url }).databaseUrl;
    expect(read("postgres://db/parley")).toBe("postgres://db/parley?sslmode=verify-full&sslrootcert=%2Fca.pem");
    expect(read("postgres://db/parley?sslmode=disable")).toBe(
      "postgres://db/parley?sslmode=disable&sslrootcert=%2Fca.pem",
    );
  });

  test("shows GraphiQL by default only with the embedded database", () => {
    expect(readConfig({ DATABASE_URL: "postgres://localhost/parley" }).graphiql).toBe(false);
    expect(readConfig({ GRAPHIQL: "off" }).graphiql).toBe(false);
  });

  test("logs every request by default only without the embedded database", () => {
    expect(readConfig({ DATABASE_URL: "postgres://localhost/parley" }).logLevel).toBe("info");
  });

  test("gives balancers time to notice a stop by default only without the embedded database", () => {
    expect(readConfig({ DATABASE_URL: "postgres://localhost/parley" }).shutdownDelaySeconds).toBe(5);
  });

  test("may switch the rate limit off", () => {
    expect(readConfig({ RATE_LIMIT_PER_MINUTE: "0" }).rateLimitPerMinute).toBe(0);
    expect(readConfig({ RATE_LIMIT_PER_WORKSPACE: "700000" }).rateLimitPerWorkspace).toBe(700_000);
    expect(() => readConfig({ RATE_LIMIT_PER_WORKSPACE: "25000" })).toThrow("RATE_LIMIT_PER_WORKSPACE must be");
  });

  test.each([
    ["DATABASE_URL", "mysql://localhost/parley"],
    ["DATABASE_URL", "postgres://"],
    ["DATABASE_REPLICA_URL", "postgres://localhost/parley mysql://localhost/parley"],
    ["DATABASE_REPLICA_URL", "postgres://localhost/parley"],
    ["PORT", "65536"],
    ["PORT", "40 00"],
    ["PORT", "4e3"],
    ["PORT", "-1"],
    ["HOST", "a host"],
    ["DATABASE_POOL_SIZE", "0"],
    ["DATABASE_POOL_SIZE", "201"],
    ["GRAPHIQL", "yes"],
    ["KEY_CACHE_SECONDS", "301"],
    ["KEY_CACHE_SECONDS", "1.5"],
    ["QUERY_BUDGET", "999"],
    ["INTROSPECTION", "no"],
    ["COMPILER", "no"],
    ["MAX_DEPTH", "0"],
    ["MAX_ALIASES", "-1"],
    ["MAX_DIRECTIVES", "many"],
    ["MAX_FRAGMENTS", "1001"],
    ["MAX_TOKENS", "99"],
    ["MAX_BATCH", "0"],
    ["MAX_CONCURRENT_REQUESTS", "0"],
    ["RATE_LIMIT_STORE", "redis"],
    ["SHUTDOWN_DELAY_SECONDS", "301"],
    ["SHUTDOWN_GRACE_SECONDS", "1"],
    ["RATE_LIMIT_PER_MINUTE", "1000000000"],
    ["RATE_LIMIT_PER_MINUTE", "25000"],
    ["CORS_ORIGINS", "*"],
    ["CORS_ORIGINS", "null"],
    ["CORS_ORIGINS", "https://example.com/"],
    ["CORS_ORIGINS", "https://*.example.com"],
    ["CORS_ORIGINS", "https://example.*"],
    ["CORS_ORIGINS", "https://*"],
    ["CORS_ORIGINS", "https://$host.example.com"],
    ["CORS_ORIGINS", "https://a..example.com"],
    ["CORS_ORIGINS", "https://.example.com"],
    ["CORS_ORIGINS", "https://Example.com"],
    ["CORS_ORIGINS", "https://example.com:443"],
    ["CORS_ORIGINS", "https://user@example.com"],
    ["CORS_ORIGINS", "https://example.com,console.example.com"],
    ["METRICS", "true"],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318"],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "grpc://localhost:4317"],
    ["LOG_LEVEL", "loud"],
  ])("refuses %s=%s, naming the variable and what is expected", (name, value) => {
    expect(() => readConfig({ [name]: value })).toThrow(new RegExp(`^Wrong configuration:\n  ${name} must be .+\\.$`));
  });

  test("names every wrong variable at once, and never shows a value", () => {
    const wrong = { DATABASE_URL: "mysql://user:secret@host/db", PORT: "x", GRAPHIQL: "maybe" };
    expect(() => readConfig(wrong)).toThrow(/DATABASE_URL.*\n.*PORT.*\n.*GRAPHIQL/);
    expect(() => readConfig(wrong)).not.toThrow(/secret|maybe/);
  });
});
