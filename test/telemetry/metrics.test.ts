import { beforeAll, describe, expect, test } from "vitest";
import { createMetrics, type Metrics } from "../../src/telemetry/metrics.ts";
import { testDatabase } from "../support/database.ts";
import { startGateway } from "../support/gateway.ts";

let metrics: Metrics;
let gateway: Awaited<ReturnType<typeof startGateway>>;
beforeAll(async () => {
  metrics = createMetrics([(await testDatabase()).pool]);
  gateway = await startGateway({ metrics, observe: metrics.request, limits: { queryBudget: 1000 } });
});

async function scrape() {
  const response = await fetch(`${gateway.origin}/metrics`);
  const text = await response.text();
  const samples = text.split("\n").filter((line) => line && !line.startsWith("#"));
  const values = new Map(samples.map((line) => [line.replace(/ \S+$/, ""), Number(line.split(" ").at(-1))]));
  return { type: response.headers.get("content-type"), text, value: (sample: string) => values.get(sample) ?? 0 };
}

/** How far the samples have risen after `work`; a request is counted when its answer has ended. */
async function risesOf(samples: string[], work: () => Promise<unknown>, expected: number[]) {
  const before = await scrape();
  await work();
  await expect
    .poll(async () => {
      const after = await scrape();
      return samples.map((sample) => after.value(sample) - before.value(sample));
    })
    .toEqual(expected);
}

describe("/metrics", () => {
  test("is not there unless it is switched on", async () => {
    const { origin } = await startGateway();
    expect((await fetch(`${origin}/metrics`)).status).toBe(404);
  });

  test("speaks the text format of Prometheus, and tells of the process", async () => {
    const { type, value } = await scrape();
    expect(type).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(value("process_resident_memory_bytes")).toBeGreaterThan(1e6);
  });

  test("counts requests by type and status, their durations and prices", async () => {
    const samples = [
      'parley_requests_total{type="query",status="200"}',
      'parley_requests_total{type="mutation",status="200"}',
      'parley_request_duration_seconds_count{type="query"}',
      "parley_operation_price_rows_count",
      "parley_operation_price_rows_sum",
    ];
    const send = async () => {
      await gateway.post({ query: "{ conversations(first: 2) { nodes { id } } }" });
      await gateway.post({ query: 'mutation { deleteConversation(input: { id: "x" }) { deletedId } }' });
    };
    await risesOf(samples, send, [1, 1, 1, 2, 103]);
  });

  test("counts operations by whether a compiled statement answered them", async () => {
    const samples = [
      'parley_operations_total{type="query",compiled="true"}',
      'parley_operations_total{type="query",compiled="false"}',
      'parley_operations_total{type="mutation",compiled="false"}',
    ];
    const send = async () => {
      await gateway.post({ query: "{ conversations(first: 2) { nodes { id } } }" });
      await gateway.post({ query: "{ _service { sdl } }" });
      await gateway.post({ query: '{ conversation(id: "x") { id } }' });
      await gateway.post({ query: 'mutation { deleteConversation(input: { id: "x" }) { deletedId } }' });
    };
    await risesOf(samples, send, [1, 2, 1]);
  });

  test("counts refused requests, and errors by code, once a request", async () => {
    const samples = [
      'parley_requests_total{type="none",status="401"}',
      'parley_errors_total{code="UNAUTHENTICATED"}',
      'parley_errors_total{code="BAD_USER_INPUT"}',
    ];
    const send = async () => {
      await gateway.post({ query: "{ __typename }" }, { "x-api-key": "unknown" });
      await gateway.post({ query: "{ nothing neither }" });
      await gateway.post({
        query: "{ conversations(first: 100) { nodes { children(first: 100) { nodes { id } } } } }",
      });
    };
    await risesOf(samples, send, [1, 1, 2]);
  });

  test("counts every statement of the database, those that fail and those of transactions too", async () => {
    const { db, countStatements } = await testDatabase();
    const count = "parley_database_statement_duration_seconds_count";
    let sent = 0;
    const before = (await scrape()).value(count);
    sent = await countStatements(async () => {
      await db.$queryRaw`SELECT 1`;
      await db.$queryRaw`SELECT 1 / 0`.catch(() => {});
      await db.$transaction((tx) => tx.$queryRaw`SELECT 2`);
    });
    expect(sent).toBeGreaterThanOrEqual(5);
    expect((await scrape()).value(count)).toBe(before + sent);
  });

  test("tells the state of the connections", async () => {
    const { value } = await scrape();
    expect(value('parley_database_connections{state="idle"}')).toBeGreaterThan(0);
    expect(value('parley_database_connections{state="busy"}')).toBe(0);
    expect(value("parley_database_waiting")).toBe(0);
  });

  test("has no sample that a client could name", async () => {
    await gateway.post({ query: "query Invented { __typename }" }, { "x-request-id": "invented" });
    await gateway.post({ query: "{ invented }" });
    const { text } = await scrape();
    expect(text).not.toMatch(/invented/i);
    expect(text).not.toContain(gateway.workspace.id);
    expect(text).not.toContain(gateway.key.slice(0, 15));
  });
});
