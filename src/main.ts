#!/usr/bin/env node
import { once } from "node:events";
import type { Server } from "node:http";
import { type AddressInfo, createServer, type Server as NetServer } from "node:net";
import { setTimeout as after } from "node:timers/promises";
import { type Config, ConfigError, readConfig } from "./config.ts";
import type { FairPool } from "./database/fair-pool.ts";
import { migrate } from "./database/migrate.ts";
import { type OpenDatabase, openDatabase } from "./database/open.ts";
import { ownConnection } from "./database/own-connection.ts";
import { Replicas } from "./database/replicas.ts";
import { requireRights } from "./database/require-rights.ts";
import { openDemo } from "./demo/open-demo.ts";
import { schedulePruning } from "./events/schedule-pruning.ts";
import { prepareDrain } from "./http/drain.ts";
import { createGateway } from "./server.ts";
import { createLog } from "./telemetry/log.ts";
import { createMetrics } from "./telemetry/metrics.ts";
import type { Tracing } from "./telemetry/tracing.ts";

/**
 * The number of connections that may wait to be accepted, if the kernel allows it. Beyond it, clients try again after seconds, or time
 * out.
 */
const backlog = 4_096;

/** The last part of the grace period, for closing the database. */
const closingMs = 1_000;

async function start(): Promise<void> {
  const config = readConfig();
  const log = createLog(config.logLevel);
  // If the port is taken, the start ends before anything is opened or migrated.
  await close(await listen(createServer(), config));
  const database = await openDatabase(config, { log: log.error });
  try {
    const applied = await migrate(database.pool);
    if (applied.length > 0) console.log(`Applied ${applied.length} migration(s): ${applied.join(", ")}`);
    await requireRights(database.pool);
    const demoKey = database.embedded ? await openDemo(database.db, config.dataDir) : undefined;
    const stopping = new AbortController();
    const replicas = config.replicaUrls.length > 0 ? new Replicas(database.pool, config, log.error) : undefined;
    const pools = [database.pool, ...(replicas?.pools ?? [])];
    const tracing = config.otlpEndpoint ? await loadTracing(config.otlpEndpoint, pools) : undefined;
    const metrics = config.metrics ? createMetrics(pools) : undefined;
    const server = createGateway({
      db: database.db,
      replicas,
      keyCacheSeconds: config.keyCacheSeconds,
      limits: config.limits,
      introspection: config.introspection,
      compiler: config.compiler,
      capacity: {
        requests: config.maxConcurrentRequests,
        waiting: config.maxWaitingRequests,
        waitMs: config.maxWaitSeconds * 1000,
      },
      rateLimitPerMinute: config.rateLimitPerMinute,
      rateLimitPerWorkspace: config.rateLimitPerWorkspace,
      rateLimitStore: config.rateLimitStore === "database" ? database.pool : undefined,
      corsOrigins: config.corsOrigins,
      graphiql: config.graphiql && { apiKey: isLoopback(config.host) ? demoKey : undefined },
      log: log.error,
      observe(exchange) {
        log.request(exchange);
        metrics?.request(exchange);
      },
      streams: {
        max: config.maxSubscriptions,
        maxSeconds: config.subscriptionMaxSeconds,
        drainMs: config.shutdownDelaySeconds * 1000,
      },
      eventPollMs: config.eventPollMs,
      doorbell: database.embedded ? undefined : ownConnection(database.pool),
      metrics,
      tracing,
      stopping: stopping.signal,
    });
    await listen(server, config);
    server.once("close", schedulePruning(database.db, config.eventRetentionDays, log.error));
    stopOnSignals({ server, config, stopping, open: [database, replicas, tracing] });
    await greet(urlOf(server, config), { config, database, demoKey });
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Loads OpenTelemetry, if there is an endpoint. */
async function loadTracing(endpoint: string, pools: FairPool[]): Promise<Tracing> {
  const { openTracing } = await import("./telemetry/tracing.ts");
  return openTracing(endpoint, pools);
}

/** Whether only this machine reaches the gateway. GraphiQL shows the demo key only then. */
function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d+){3}|::1|\[::1\])$/i.test(host);
}

async function listen<T extends NetServer>(server: T, { host, port }: Config): Promise<T> {
  try {
    await once(server.listen({ port, host: host.replace(/^\[(.*)\]$/, "$1"), backlog }), "listening");
    return server;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE") {
      throw new ConfigError(`Port ${port} on ${host} is in use. Stop what uses it, or choose another one with PORT.`);
    }
    throw new ConfigError(`Cannot listen with HOST=${host} and PORT=${port}: ${message}.`);
  }
}

function close(server: NetServer): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

function urlOf(server: Server, { host }: Config): string {
  const { port } = server.address() as AddressInfo;
  const everywhere = host === "0.0.0.0" || host === "::";
  const name = everywhere ? "127.0.0.1" : host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  return `http://${name}:${port}/graphql`;
}

interface Started {
  config: Config;
  database: OpenDatabase;
  /** The demo workspace's API key. */
  demoKey?: string | undefined;
}

async function greet(url: string, { config, database, demoKey }: Started): Promise<void> {
  const { db, embedded, place } = database;
  const lines = [`Parley answers at ${url}${config.graphiql ? " (open it in a browser for GraphiQL)" : ""}`];
  lines.push(`Its database is ${place}.`);
  if (demoKey) lines.push("", `API key of the demo workspace: ${demoKey}`, "", "Try it:", "", curl(url, demoKey));
  if (!embedded && (await db.apiKey.count({ take: 1 })) === 0) {
    lines.push("", "There is no API key yet. Make one:", "");
    lines.push("  npm run keys -- create --workspace acme --integration website");
  }
  console.log(lines.join("\n"));
}

function curl(url: string, key: string): string {
  const body = JSON.stringify({ query: "{ viewer { workspace { name } } }" });
  const headers = ["content-type: application/json", "accept: application/graphql-response+json"];
  return `curl ${url} ${headers.map((header) => `-H '${header}'`).join(" ")} -H 'authorization: Bearer ${key}' -d '${body}'`;
}

interface Running {
  server: Server;
  config: Config;
  stopping: AbortController;
  open: ({ close(): Promise<unknown> } | undefined)[];
}

/** Answers the requests that have begun, within the grace period, and then closes everything. npm may send a signal twice: the first one counts. */
function stopOnSignals({ server, config, stopping, open }: Running): void {
  const drain = prepareDrain(server);
  const delayMs = config.shutdownDelaySeconds * 1000;
  const graceMs = config.shutdownGraceSeconds * 1000 - closingMs;
  const stop = async (signal: NodeJS.Signals) => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    console.log(`${signal}: answering what is under way, then stopping.`);
    await drain({ delayMs, graceMs });
    // Statements that still run are cut off, and the database rolls them back.
    await Promise.race([Promise.all(open.map((one) => one?.close())), after(closingMs)]);
    console.log("Stopped.");
    process.exit(0);
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

start().catch((error) => {
  console.error(error instanceof ConfigError ? error.message : error);
  // A connection that the failed start left open must not keep the process running.
  process.exit(1);
});
