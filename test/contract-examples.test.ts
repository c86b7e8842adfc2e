import { beforeAll, describe, expect, test } from "vitest";
import { createKey } from "../src/keys/manage-keys.ts";
import { testDatabase } from "./support/database.ts";
import { clientOf, serveGateway } from "./support/gateway.ts";

// The examples of the contract, in its order, as a client sends them. Each continues where the last one ended.

let client: ReturnType<typeof clientOf>;
beforeAll(async () => {
  const { db } = await testDatabase();
  const wanted = { workspace: "shop", integration: "website", member: "Support", permissions: ["fullAccess"] };
  client = clientOf((await serveGateway()).url, (await createKey(db, wanted)).key);
});

async function post(query: string, variables: object = {}, headers: Record<string, string | undefined> = {}) {
  const { status, body } = await client.post({ query, variables }, headers);
  return { status, ...body };
}

async function ask(query: string, variables?: object) {
  const { status, data, errors } = await post(query, variables);
  expect({ status, errors }).toEqual({ status: 200, errors: undefined });
  return data;
}

const getOrCreate = `mutation ($input: GetOrCreateConversationInput!) {
  getOrCreateConversation(input: $input) {
    outcome matchedBy
    conversation {
      id type name metadata parent { id } channels { kind identifier } owner { name }
      customer { id externalId name email }
      participants { nodes { actor { __typename ... on Member { memberName: name } ... on Customer { externalId } } } }
    }
  }
}`;

const createSub = `mutation ($input: CreateSubConversationInput!) {
  createSubConversation(input: $input) {
    conversation { id type name parent { id } customer { externalId } channels { identifier } }
  }
}`;

const list = `query ($parentId: ID!, $limit: Int, $cursor: String) {
  listSubConversations(parentId: $parentId, first: $limit, after: $cursor) {
    nodes {
      id name parent { id } messages { nodes { text } } participants { nodes { id } } counts { children messages }
    }
    pageInfo { hasNextPage endCursor }
  }
}`;

const jane = {
  type: "DIRECT",
  customer: { externalId: "website_user_123", name: "Jane Customer", email: "jane@example.com" },
  channelIdentifier: "example.com",
  metadata: { source: "website-chat" },
};

describe("the contract's examples, in order", () => {
  let conversationId: string;
  let orderId: string;

  test("getOrCreateConversation creates a website visitor's conversation", async () => {
    const { getOrCreateConversation: created } = await ask(getOrCreate, { input: jane });
    expect(created).toMatchObject({
      ...{ outcome: "CREATED", matchedBy: null },
      conversation: {
        ...{
          type: "DIRECT",
          name: null,
          parent: null,
          metadata: { source: "website-chat" },
          owner: { name: "website" },
        },
        channels: [{ kind: "WEBSITE", identifier: "example.com" }],
        customer: jane.customer,
      },
    });
    expect(created.conversation.participants.nodes.map(({ actor }: { actor: object }) => actor)).toEqual(
      expect.arrayContaining([
        { __typename: "Member", memberName: "Support" },
        { __typename: "Customer", externalId: "website_user_123" },
      ]),
    );
    conversationId = created.conversation.id;
  });

  test("getOrCreateConversation gives the visitor's conversation again", async () => {
    const { getOrCreateConversation: found } = await ask(getOrCreate, { input: jane });
    expect(found).toMatchObject({ outcome: "REUSED", matchedBy: "EXTERNAL_ID", conversation: { id: conversationId } });
    const { getOrCreateConversation: byId } = await ask(getOrCreate, {
      input: { customerId: found.conversation.customer.id },
    });
    expect(byId).toMatchObject({ outcome: "REUSED", matchedBy: "CUSTOMER_ID", conversation: { id: conversationId } });
  });

  test("createSubConversation opens a thread for an order, with the parent's channels", async () => {
    const input = {
      ...{ parentId: conversationId, name: "Order #1042", type: "GROUP" },
      customer: { externalId: "website_user_123" },
    };
    const { createSubConversation } = await ask(createSub, { input });
    expect(createSubConversation.conversation).toMatchObject({
      ...{ name: "Order #1042", type: "GROUP", parent: { id: conversationId } },
      ...{ customer: { externalId: "website_user_123" }, channels: [{ identifier: "example.com" }] },
    });
    orderId = createSubConversation.conversation.id;
  });

  test("createSubConversation takes a channel of its own", async () => {
    const input = { parentId: conversationId, name: "Order #1043", channelIdentifier: "shop.example.com" };
    const { createSubConversation } = await ask(createSub, { input });
    expect(createSubConversation.conversation.channels).toEqual([{ identifier: "shop.example.com" }]);
  });

  test("updateConversation renames, and merges metadata into the stored metadata", async () => {
    const { updateConversation } = await ask(
      `mutation ($input: UpdateConversationInput!) {
        updateConversation(input: $input) { conversation { id name metadata } }
      }`,
      { input: { id: conversationId, name: "VIP customer support", metadata: { priority: "high" } } },
    );
    expect(updateConversation.conversation).toEqual({
      ...{ id: conversationId, name: "VIP customer support", metadata: { source: "website-chat", priority: "high" } },
    });
  });

  test("listSubConversations lists 30, and from there the next page", async () => {
    for (let order = 1044; order < 1074; order++)
      await ask(createSub, { input: { parentId: conversationId, name: `Order #${order}` } });
    const { listSubConversations: first } = await ask(list, { parentId: conversationId, limit: 30 });
    expect(first.nodes).toHaveLength(30);
    expect(first.nodes[0]).toMatchObject({
      ...{
        name: "Order #1073",
        parent: { id: conversationId },
        messages: { nodes: [] },
        participants: { nodes: [{}] },
      },
      counts: { children: 0, messages: 0 },
    });
    expect(first.pageInfo.hasNextPage).toBe(true);
    const cursor = first.pageInfo.endCursor;
    const { listSubConversations: next } = await ask(list, { parentId: conversationId, limit: 30, cursor });
    expect(next.nodes.map(({ name }: { name: string }) => name)).toEqual(["Order #1043", "Order #1042"]);
    expect(next.pageInfo.hasNextPage).toBe(false);
  });

  test("deleteConversation deletes the thread, once", async () => {
    const remove = `mutation ($id: ID!) { deleteConversation(input: { id: $id }) { deletedId deletedCount } }`;
    const { deleteConversation } = await ask(remove, { id: orderId });
    expect(deleteConversation).toEqual({ deletedId: orderId, deletedCount: 1 });
    const { data, errors } = await post(remove, { id: orderId });
    expect(data).toEqual({ deleteConversation: null });
    expect(errors).toMatchObject([{ extensions: { code: "NOT_FOUND", reason: "CONVERSATION" } }]);
  });
});

describe("an API key", () => {
  const document = "{ viewer { workspace { slug } member { name } integration { name } permissions } }";
  const viewer = {
    ...{ workspace: { slug: "shop" }, member: { name: "Support" }, integration: { name: "website" } },
    permissions: ["READ", "ENGAGE", "DELETE"],
  };

  test("is taken from Authorization and from x-api-key alike", async () => {
    const { key } = client;
    const both = [{ authorization: `Bearer ${key}`, "x-api-key": undefined }, { "x-api-key": key }];
    for (const headers of both) expect(await post(document, {}, headers)).toEqual({ status: 200, data: { viewer } });
  });

  test("has to be there, and known", async () => {
    const unknown = [{}, { "x-api-key": "parley_no" }, { authorization: "Bearer parley_no" }];
    for (const headers of unknown) {
      const { status, data, errors } = await post(document, {}, { "x-api-key": undefined, ...headers });
      expect([status, data]).toEqual([401, undefined]);
      expect(errors).toMatchObject([{ extensions: { code: "UNAUTHENTICATED" } }]);
    }
  });
});
