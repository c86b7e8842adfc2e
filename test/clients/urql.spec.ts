import { Client, fetchExchange } from "@urql/core";
import { beforeAll, describe, expect, test } from "vitest";
import { serveGateway } from "../support/gateway.ts";
import { ChildrenDocument, ConversationDocument, UpdateDocument } from "./generated/graphql.ts";
import { newParent } from "./tenant.ts";
import { newCache } from "./urql-cache.ts";

let url: string;
beforeAll(async () => {
  ({ url } = await serveGateway());
});

function connect(key: string) {
  return new Client({
    url,
    fetchOptions: { headers: { "x-api-key": key } },
    exchanges: [newCache(), fetchExchange],
    preferGetMethod: false,
  });
}

describe("urql with a normalised cache", () => {
  test.each([
    { direction: "forward", argsAfter: (page?: PageInfo) => ({ first: 4, after: page?.endCursor }) },
    { direction: "backward", argsAfter: (page?: PageInfo) => ({ last: 4, before: page?.startCursor }) },
  ])("joins the pages, each child once, $direction", async ({ direction, argsAfter }) => {
    const parent = await newParent(13);
    const before = [...parent.children];
    const client = connect(parent.key);
    let page: PageInfo | undefined;
    let ids: string[] = [];
    do {
      const { data, error } = await client.query(ChildrenDocument, { id: parent.id, ...argsAfter(page) }).toPromise();
      expect(error).toBeUndefined();
      const children = data?.conversation?.children;
      ids = children?.edges.map(({ node }) => node.id) ?? [];
      page = children?.pageInfo;
      if (parent.children.length < 16) await parent.addChild();
    } while (direction === "forward" ? page?.hasNextPage : page?.hasPreviousPage);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.slice(-before.length)).toEqual(before);
  });

  test("updateConversation updates the entry of its id", async () => {
    const { key, id, children } = await newParent(3);
    const client = connect(key);
    await client.query(ChildrenDocument, { id, first: 10 }).toPromise();
    await client.query(ConversationDocument, { id }).toPromise();
    const child = children[1] as string;
    for (const changed of [id, child]) {
      const input = { id: changed, name: "VIP customer support", metadata: { priority: "high" } };
      const { error } = await client.mutation(UpdateDocument, { input }).toPromise();
      expect(error).toBeUndefined();
    }
    const variables = { id, first: 10 };
    const cached = client.readQuery(ChildrenDocument, variables)?.data?.conversation;
    expect(cached?.name).toBe("VIP customer support");
    expect(cached?.children?.edges.map(({ node }) => node.name)).toEqual([
      "Order #3",
      "VIP customer support",
      "Order #1",
    ]);
    const read = client.readQuery(ConversationDocument, { id })?.data?.conversation;
    expect(read).toMatchObject({ name: "VIP customer support", metadata: { priority: "high" } });
  });
});

interface PageInfo {
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  startCursor?: string | null;
  endCursor?: string | null;
}
