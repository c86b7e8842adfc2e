import { expect, test } from "vitest";
import { readConfig } from "../../src/config.ts";
import { tour } from "../../src/graphiql/tour.ts";
import { startGateway } from "../support/gateway.ts";

const { rateLimitPerMinute } = readConfig({});

test("one key can repeat the tour every second on the defaults, even if it uses its whole price", async () => {
  const gateway = await startGateway({ rateLimitPerMinute });
  const variables: Record<string, unknown> = {};
  let prices = 0;
  let used = 0;
  let left = rateLimitPerMinute;
  for (const { query } of tour) {
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

const inbox = `{
  inbox: conversations(orderBy: { field: LAST_ACTIVITY_AT, direction: DESC }) {
    totalCount totalCountIsExact pageInfo { hasNextPage endCursor }
    nodes { id name type lastActivityAt customer { id displayName } channels { identifier } counts { messages children } lastMessage { text createdAt author { displayName } } }
  }
  direct: conversations(first: 0, filter: { types: [DIRECT] }) { totalCount }
  group: conversations(first: 0, filter: { types: [GROUP] }) { totalCount }
}`;

test("an inbox with its three totals is one request, which one key can repeat every two seconds on the defaults", async () => {
  const gateway = await startGateway({ rateLimitPerMinute });
  for (let n = 0; n < 30; n++) {
    const { getOrCreateConversation } = await gateway.ask(
      `mutation { getOrCreateConversation(input: { customer: { externalId: "c${n}" }, channelIdentifier: "example.com" }) { conversation { id } } }`,
    );
    const { id } = getOrCreateConversation.conversation;
    await gateway.ask(`mutation { sendMessage(input: { conversationId: "${id}", text: "Hello" }) { outcome } }`);
  }
  const { body } = await gateway.post({ query: inbox }, { "x-query-cost": "1" });
  expect(body.errors).toBeUndefined();
  expect(body.data.inbox.nodes).toHaveLength(30);
  expect([body.data.inbox, body.data.direct, body.data.group].map(({ totalCount }) => totalCount)).toEqual([30, 30, 0]);
  const { price, used, budget } = body.extensions.cost;
  // A console beside others of its workspace: a tenth of the points is a fair share.
  expect(30 * (1 + Math.max(price, used))).toBeLessThan(rateLimitPerMinute / 10);
  expect(price).toBeLessThan(budget / 20);
});

test("a conversation with more channels than usual is paid for when it was read", async () => {
  const gateway = await startGateway();
  const channelIds: string[] = [];
  for (let n = 0; n < 12; n++) channelIds.push(`channel_${(await gateway.newChannel()).id}`);
  const input = { customer: { externalId: "a" }, channelIds };
  const { getOrCreateConversation } = await gateway.ask(
    "mutation ($input: GetOrCreateConversationInput!) { getOrCreateConversation(input: $input) { conversation { id } } }",
    { input },
  );
  const { id } = getOrCreateConversation.conversation;
  const query = `{ conversation(id: "${id}") { channels { identifier } } }`;
  const { body } = await gateway.post({ query }, { "x-query-cost": "1" });
  expect(body.data.conversation.channels).toHaveLength(12);
  expect(body.extensions.cost).toMatchObject({ price: 4, used: 15 });
});
