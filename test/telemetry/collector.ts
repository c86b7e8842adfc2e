import { createServer, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { expect } from "vitest";
import { serve } from "../support/serve.ts";

export interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: "SERVER" | "CLIENT";
  failed: boolean;
  /** In nanoseconds since 1970. */
  start: bigint;
  end: bigint;
  attributes: Record<string, unknown>;
}

interface Value {
  stringValue?: string;
  intValue?: number;
  arrayValue?: { values: Value[] };
}

interface Attribute {
  key: string;
  value: Value;
}

/** A collector of OTLP over HTTP in JSON, until the tests of the file are over. It answers 200, or as `answer` does. */
export async function startCollector() {
  const received: { url?: string; headers: Record<string, unknown>; body: string }[] = [];
  const collector = { answer: (response: ServerResponse): unknown => response.end("{}") };
  const server = createServer(async (request, response) => {
    received.push({ url: request.url, headers: request.headers, body: await text(request) });
    collector.answer(response);
  });
  const { origin: endpoint } = await serve(server);
  const spans = () => received.flatMap(({ body }) => spansIn(body));
  return Object.assign(collector, {
    endpoint,
    received,
    spans,
    /** The span of the request and those of its statements, in the order of their ends, as soon as the request's has arrived. */
    async trace(traceId: string) {
      const own = () => spans().filter((span) => span.traceId === traceId);
      const requests = () => own().filter(({ kind }) => kind === "SERVER");
      await expect.poll(() => requests().length, { timeout: 20_000 }).toBe(1);
      return { request: requests()[0] as Span, statements: own().filter(({ kind }) => kind === "CLIENT") };
    },
  });
}

export type Collector = Awaited<ReturnType<typeof startCollector>>;

function spansIn(body: string): Span[] {
  const { resourceSpans } = JSON.parse(body);
  // biome-ignore lint/suspicious/noExplicitAny: the shape of OTLP, which the assertions are about
  const raw: any[] = resourceSpans.flatMap((resource: any) => resource.scopeSpans.flatMap(({ spans }: any) => spans));
  return raw.map(({ traceId, spanId, parentSpanId, name, kind, status, attributes, ...times }) => ({
    start: BigInt(times.startTimeUnixNano),
    end: BigInt(times.endTimeUnixNano),
    traceId,
    spanId,
    parentSpanId,
    name,
    kind: kind === 2 ? "SERVER" : "CLIENT",
    failed: status.code === 2,
    attributes: Object.fromEntries(attributes.map(({ key, value }: Attribute) => [key, read(value)])),
  }));
}

function read({ arrayValue, ...value }: Value): unknown {
  return arrayValue ? arrayValue.values.map(read) : Object.values(value)[0];
}
