import { serverAudits } from "graphql-http";
import { beforeAll, describe, expect, test } from "vitest";
import { startGateway } from "./support/gateway.ts";
import { withKey } from "./support/with-key.ts";

let gateway: Awaited<ReturnType<typeof startGateway>>;
beforeAll(async () => {
  gateway = await startGateway();
});

describe("the specification of GraphQL over HTTP", () => {
  const audits = serverAudits({
    url: () => gateway.url,
    fetchFn: (url: string, init: RequestInit) => withKey(gateway.key)(url, init),
  });

  test.each(audits.map((audit) => ({ ...audit, title: `${audit.id}: ${audit.name}` })))("$title", async ({ fn }) => {
    const result = await fn();
    expect(result.status, "reason" in result ? result.reason : undefined).toBe("ok");
  });

  test("has as many audits as when they were last read", () => {
    expect(audits).toHaveLength(61);
  });
});
