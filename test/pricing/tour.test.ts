import { expect, test } from "vitest";
import { readConfig } from "../../src/config.ts";
import { startGateway } from "../support/gateway.ts";
import { tour } from "../support/tour.ts";

const { rateLimitPerMinute } = readConfig({});

test("the tour can be repeated every second by one key on the defaults, whatever of its price it uses", async () => {
  const gateway = await startGateway({ rateLimitPerMinute });
  const variables: Record<string, unknown> = {};
  let prices = 0;
  let used = 0;
  let left = rateLimitPerMinute;
  for (const query of tour) {
    const { body, headers } = await gateway.post({ query, variables }, { "x-query-cost": "1" });
    expect(body.errors, query).toBeUndefined();
    variables.conversationId ??= body.data.getOrCreateConversation?.conversation.id;
    prices += body.extensions.cost.price;
    used += body.extensions.cost.used;
    left = Number(headers.get("ratelimit-remaining"));
  }
  const paid = rateLimitPerMinute - left;
  // Its documents are parsed here for the first time.
  expect(paid).toBeGreaterThanOrEqual(tour.length + used);
  expect(60 * paid).toBeLessThan(rateLimitPerMinute);
  expect(60 * (tour.length + prices)).toBeLessThan(rateLimitPerMinute / 4);
});
