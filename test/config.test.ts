import { describe, expect, test } from "vitest";
import { readConfig } from "../src/config.ts";

describe("the configuration", () => {
  test("is complete without any variable, and an empty variable counts as none", () => {
    const expected = {
      databaseUrl: undefined,
      dataDir: ".parley",
      poolSize: 10,
      host: "127.0.0.1",
      port: 4000,
      graphiql: true,
      keyCacheSeconds: 5,
      queryBudget: 25_000,
      rateLimitPerMinute: 600_000,
      corsOrigins: [],
      metrics: false,
      logLevel: "warn",
    };
    expect(readConfig({})).toEqual(expected);
    expect(readConfig({ DATABASE_URL: "", PORT: " ", GRAPHIQL: "" })).toEqual(expected);
  });

  test("takes every variable", () => {
    expect(
      readConfig({
        DATABASE_URL: "postgresql://user:pass@db.example.com/parley?sslmode=require",
        DATA_DIR: "/var/lib/parley",
        PORT: "0",
        HOST: "::",
        DATABASE_POOL_SIZE: "40",
        GRAPHIQL: "on",
        KEY_CACHE_SECONDS: "0",
        QUERY_BUDGET: "500",
        RATE_LIMIT_PER_MINUTE: "501",
        CORS_ORIGINS: "https://console.example.com, http://localhost:3000,",
        METRICS: "on",
        LOG_LEVEL: "error",
      }),
    ).toEqual({
      databaseUrl: "postgresql://user:pass@db.example.com/parley?sslmode=require",
      dataDir: "/var/lib/parley",
      poolSize: 40,
      host: "::",
      port: 0,
      graphiql: true,
      keyCacheSeconds: 0,
      queryBudget: 500,
      rateLimitPerMinute: 501,
      corsOrigins: ["https://console.example.com", "http://localhost:3000"],
      metrics: true,
      logLevel: "error",
    });
  });

  test("shows GraphiQL by default only with the embedded database", () => {
    expect(readConfig({ DATABASE_URL: "postgres://localhost/parley" }).graphiql).toBe(false);
    expect(readConfig({ GRAPHIQL: "off" }).graphiql).toBe(false);
  });

  test("logs every request by default only without the embedded database", () => {
    expect(readConfig({ DATABASE_URL: "postgres://localhost/parley" }).logLevel).toBe("info");
  });

  test("may switch the rate limit off", () => {
    expect(readConfig({ RATE_LIMIT_PER_MINUTE: "0" }).rateLimitPerMinute).toBe(0);
  });

  test.each([
    ["DATABASE_URL", "mysql://localhost/parley"],
    ["DATABASE_URL", "postgres://"],
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
    ["QUERY_BUDGET", "99"],
    ["RATE_LIMIT_PER_MINUTE", "1000000000"],
    ["RATE_LIMIT_PER_MINUTE", "25000"],
    ["CORS_ORIGINS", "*"],
    ["CORS_ORIGINS", "null"],
    ["CORS_ORIGINS", "https://example.com/"],
    ["CORS_ORIGINS", "https://example.com,console.example.com"],
    ["METRICS", "true"],
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
