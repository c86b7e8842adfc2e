import { beforeAll, describe, expect, test } from "vitest";
import { startGateway } from "../support/gateway.ts";
import { sendRaw } from "../support/raw-http.ts";

const origin = "https://console.example.com";
const typename = { query: "{ __typename }" };
let gateway: Awaited<ReturnType<typeof startGateway>>;
beforeAll(async () => {
  gateway = await startGateway({ corsOrigins: [origin, "http://localhost:3000"] });
});

const preflight = (from: string, to = gateway, asked = "x-api-key") =>
  sendRaw(to.origin, {
    method: "OPTIONS",
    headers: { origin: from, "access-control-request-method": "POST", "access-control-request-headers": asked },
  });

const corsHeaders = (headers: object) => Object.keys(headers).filter((name) => name.startsWith("access-control-"));

describe("CORS", () => {
  test("is off by default", async () => {
    const closed = await startGateway();
    const { status, headers } = await preflight(origin, closed);
    expect([status, corsHeaders(headers)]).toEqual([405, []]);
    expect((await closed.post(typename, { origin })).headers.has("access-control-allow-origin")).toBe(false);
  });

  test("answers the preflight of a listed origin, without a key", async () => {
    const { status, headers, body } = await preflight(origin);
    expect([status, body]).toEqual([204, ""]);
    expect(headers).toMatchObject({
      "access-control-allow-origin": origin,
      "access-control-allow-methods": "GET, POST",
      "access-control-allow-headers": "x-api-key",
      vary: "Origin, Access-Control-Request-Headers",
    });
    expect(headers).not.toHaveProperty("access-control-allow-credentials");
  });

  test("lets its pages send every header that they ask for", async () => {
    const asked = async (names: string) =>
      (await preflight(origin, gateway, names)).headers["access-control-allow-headers"];
    const usual =
      "authorization,baggage,content-type,sentry-trace,traceparent,tracestate,x-api-key,x-request-id,x-query-cost";
    const apollo = "apollographql-client-name,apollographql-client-version,apollo-require-preflight,x-datadog-trace-id";
    for (const names of [usual, apollo, `${usual},${apollo}`])
      expect(await asked(names)).toBe(names.replaceAll(",", ", "));
  });

  test("repeats no malformed name of a header, and no more names than any client sends", async () => {
    const asked = async (names: string) =>
      (await preflight(origin, gateway, names)).headers["access-control-allow-headers"];
    expect(await asked('x-a, b c, x(y), "q", ,é, x-b')).toBe("x-a, x-b");
    expect(await asked("x".repeat(101))).toBe("");
    const many = Array.from({ length: 200 }, (_, i) => `x-${i}`);
    expect(await asked(many.join())).toBe(many.slice(0, 100).join(", "));
  });

  test("answers a preflight that asks for no header, and one at /graphql/", async () => {
    const headers = { origin, "access-control-request-method": "GET" };
    for (const target of ["/graphql", "/graphql/"])
      expect(await sendRaw(gateway.origin, { method: "OPTIONS", target, headers })).toMatchObject({ status: 204 });
  });

  test("lets a listed origin read answers and refusals", async () => {
    for (const key of [gateway.key, "unknown"]) {
      const { headers } = await gateway.post(typename, { origin, "x-api-key": key });
      expect(headers.get("access-control-allow-origin")).toBe(origin);
      expect(headers.get("access-control-expose-headers")).toContain("Retry-After");
      expect(headers.get("vary")).toBe("Origin");
    }
  });

  test.each([
    "https://evil.example",
    "https://console.example.com.evil.example",
    "null",
    "*",
    "HTTPS://CONSOLE.EXAMPLE.COM",
  ])("tells %s nothing, but keeps caches apart", async (other) => {
    const { status, headers } = await preflight(other);
    expect([status, corsHeaders(headers), headers.vary]).toEqual([405, [], "Origin"]);
    const answer = await gateway.post(typename, { origin: other });
    expect(corsHeaders(Object.fromEntries(answer.headers))).toEqual([]);
  });
});

test.each(["/graphql", "/livez", "/readyz", "/elsewhere", "//"])(
  "%s cannot be framed, sniffed, cached or run",
  async (target) => {
    const { headers } = await sendRaw(gateway.origin, { target, method: "GET" });
    expect(headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-frame-options": "DENY",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    });
  },
);
