import { ApolloClient, HttpLink } from "@apollo/client";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { serveGateway } from "../support/gateway.ts";
import { newCache } from "./apollo-cache.ts";
import { ChildrenDocument, type ChildrenQuery, ConversationDocument, UpdateDocument } from "./generated/graphql.ts";
import { newParent } from "./tenant.ts";

let url: string;
beforeAll(async () => {
  ({ url } = await serveGateway());
});

function connect(key: string) {
  return new ApolloClient({
    link: new HttpLink({ uri: url, headers: { authorization: `Bearer ${key}` } }),
    cache: newCache(),
  });
}

describe("Apollo Client with a normalised cache", () => {
  test.each([
    { direction: "forward", first: { first: 4 } },
    { direction: "backward", first: { last: 4 } },
  ])("joins the pages, each child once, $direction", async ({ direction, first }) => {
    const parent = await newParent(13);
    const before = [...parent.children];
    const client = connect(parent.key);
    const query = client.watchQuery({ query: ChildrenDocument, variables: { id: parent.id, ...first } });
    const subscription = query.subscribe(() => {});
    const children = () => (query.getCurrentResult().data as ChildrenQuery | undefined)?.conversation?.children;
    await vi.waitFor(() => expect(children()?.edges.length).toBe(4));
    const page = () => children()?.pageInfo;
    while (direction === "forward" ? page()?.hasNextPage : page()?.hasPreviousPage) {
      const { startCursor, endCursor } = page() ?? {};
      await parent.addChild();
      await query.fetchMore({ variables: direction === "forward" ? { after: endCursor } : { before: startCursor } });
    }
    subscription.unsubscribe();
    const ids = children()?.edges.map(({ node }) => node.id) ?? [];
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.slice(-before.length)).toEqual(before);
  });

  test("updateConversation updates the entry of its id", async () => {
    const { key, id, children } = await newParent(3);
    const client = connect(key);
    const variables = { id, first: 10 };
    await client.query({ query: ChildrenDocument, variables });
    await client.query({ query: ConversationDocument, variables: { id } });
    for (const changed of [id, children[1] as string]) {
      const input = { id: changed, name: "VIP customer support", metadata: { priority: "high" } };
      await client.mutate({ mutation: UpdateDocument, variables: { input } });
    }
    const cached = client.readQuery({ query: ChildrenDocument, variables })?.conversation;
    expect(cached?.name).toBe("VIP customer support");
    expect(cached?.children?.edges.map(({ node }) => node.name)).toEqual([
      "Order #3",
      "VIP customer support",
      "Order #1",
    ]);
    expect(client.readQuery({ query: ConversationDocument, variables: { id } })?.conversation).toMatchObject({
      ...{ name: "VIP customer support", metadata: { priority: "high" } },
    });
    expect(client.extract()).toHaveProperty([`Conversation:${id}`, "name"], "VIP customer support");
  });
});
