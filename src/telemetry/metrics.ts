import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { FairPool } from "../database/fair-pool.ts";
import { observeStatements } from "../database/observe-statements.ts";
import type { Observer, StreamRecord } from "./exchange.ts";

export interface Metrics {
  request: Observer;
  /** Shows how many streams there are. */
  watchStreams(held: () => number): void;
  /** All metrics so far, in the text format of Prometheus. */
  print(): Promise<{ type: string; text: string }>;
}

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const rows = [1, 10, 50, 100, 500, 1000, 5000, 10_000, 25_000];

/** Counts requests, and the statements and connections of all pools. No label takes a value that clients could invent. */
export function createMetrics(pools: readonly FairPool[]): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  countDatabase(registry, pools);
  return {
    request: requestCounter(registry),
    watchStreams: (held) => showStreams(registry, held),
    async print() {
      return { type: registry.contentType, text: await registry.metrics() };
    },
  };
}

function requestCounter(registry: Registry): Observer {
  const registers = [registry];
  const requests = new Counter({
    name: "parley_requests_total",
    help: "GraphQL requests by type of operation (none: nothing was executed) and status (none: the client did not wait).",
    labelNames: ["type", "status"],
    registers,
  });
  const operations = new Counter({
    name: "parley_operations_total",
    help: "GraphQL requests by type of operation and by whether a compiled statement answered it (true) or the resolvers did.",
    labelNames: ["type", "compiled"],
    registers,
  });
  const errors = new Counter({
    name: "parley_errors_total",
    help: "GraphQL requests by the codes of their errors.",
    labelNames: ["code"],
    registers,
  });
  const duration = new Histogram({
    name: "parley_request_duration_seconds",
    help: "From the arrival of a GraphQL request's headers to the end of its answer.",
    labelNames: ["type"],
    buckets: seconds,
    registers,
  });
  const prices = new Histogram({
    name: "parley_operation_price_rows",
    help: "Rows that an operation could make the database return, refused operations included.",
    buckets: rows,
    registers,
  });
  const streams = streamCounter(registry);
  return ({ operationType: type = "none", status = "none", compiled, codes, durationMs, price, stream }) => {
    if (stream) streams(stream);
    requests.inc({ type, status });
    if (compiled !== undefined) operations.inc({ type, compiled: String(compiled) });
    for (const code of codes) errors.inc({ code });
    duration.observe({ type }, durationMs / 1000);
    if (price !== undefined && Number.isFinite(price)) prices.observe(price);
  };
}

/** Counts the streams that have ended. */
function streamCounter(registry: Registry): (stream: StreamRecord) => void {
  const registers = [registry];
  const ended = new Counter({
    name: "parley_streams_ended_total",
    help: "Streams that have ended, by why: gone (the client), stalled (it took nothing), age, drain (the gateway stops), key (no longer good), error.",
    labelNames: ["end"],
    registers,
  });
  const batches = new Counter({
    name: "parley_stream_batches_total",
    help: "Batches that ended streams have sent.",
    registers,
  });
  const events = new Counter({
    name: "parley_stream_events_total",
    help: "Events that ended streams have sent.",
    registers,
  });
  return (stream) => {
    ended.inc({ end: stream.end });
    batches.inc(stream.batches);
    events.inc(stream.events);
  };
}

function showStreams(registry: Registry, held: () => number): void {
  new Gauge({
    name: "parley_streams",
    help: "Streams that are open.",
    registers: [registry],
    collect() {
      this.set(held());
    },
  });
}

function countDatabase(registry: Registry, pools: readonly FairPool[]): void {
  const registers = [registry];
  const sum = (of: (pool: FairPool) => number) => pools.reduce((total, pool) => total + of(pool), 0);
  const statements = new Histogram({
    name: "parley_database_statement_duration_seconds",
    help: "SQL statements, from sending one to its last row.",
    buckets: seconds,
    registers,
  });
  for (const pool of pools)
    observeStatements(pool, () => {
      const stop = statements.startTimer();
      return () => void stop();
    });
  new Gauge({
    name: "parley_database_connections",
    help: "Connections to the database and its replicas by state.",
    labelNames: ["state"],
    registers,
    collect() {
      this.set(
        { state: "idle" },
        sum(({ idleCount }) => idleCount),
      );
      this.set(
        { state: "busy" },
        sum(({ totalCount, idleCount }) => totalCount - idleCount),
      );
    },
  });
  new Gauge({
    name: "parley_database_waiting",
    help: "Requests that wait for a connection to the database or a replica.",
    registers,
    collect() {
      this.set(sum(({ queued }) => queued));
    },
  });
}
