import { createHash } from "node:crypto";
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { Client, cacheExchange, fetchExchange } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import { beforeAll, describe, expect, test } from "vitest";
import { serveGateway } from "../support/gateway.ts";
import { ConversationDocument } from "./generated/graphql.ts";
import { newParent } from "./tenant.ts";

let url: string;
let parent: Awaited<ReturnType<typeof newParent>>;
beforeAll(async () => {
  ({ url } = await serveGateway());
  parent = await newParent(2);
});

/** A fetch that notes which requests hold a query, and which only its hash. */
function recording() {
  const sent: ("hash" | "query")[] = [];
  const record: typeof fetch = (input, init) => {
    const search = new URL(input.toString()).searchParams;
    const body = typeof init?.body === "string" ? JSON.parse(init.body) : {};
    sent.push(search.get("query") || body.query ? "query" : "hash");
    return fetch(input, init);
  };
  return { sent, record };
}

const ids = () => [parent.id, ...parent.children];

describe.each([
  ["GET", true],
  ["POST", false],
] as const)("a client that sends hashes first, by %s,", (_, useGet) => {
  test("is Apollo Client: it sends the query itself, and hashes no more", async () => {
    const { sent, record } = recording();
    const persisted = new PersistedQueryLink({
      sha256: (text) => createHash("sha256").update(text).digest("hex"),
      useGETForHashedQueries: useGet,
    });
    const http = new HttpLink({ uri: url, fetch: record, headers: { authorization: `Bearer ${parent.key}` } });
    const client = new ApolloClient({ link: ApolloLink.from([persisted, http]), cache: new InMemoryCache() });
    for (const id of ids()) {
      const { data } = await client.query({ query: ConversationDocument, variables: { id } });
      expect(data?.conversation?.id).toBe(id);
    }
    expect(sent).toEqual(["hash", "query", "query", "query"]);
  });

  test("is urql: it sends the query itself, and hashes no more", async () => {
    const { sent, record } = recording();
    const client = new Client({
      url,
      fetch: record,
      fetchOptions: { headers: { "x-api-key": parent.key } },
      exchanges: [cacheExchange, persistedExchange({ preferGetForPersistedQueries: useGet }), fetchExchange],
      preferGetMethod: false,
    });
    for (const id of ids()) {
      const { data, error } = await client.query(ConversationDocument, { id }).toPromise();
      expect(error).toBeUndefined();
      expect(data?.conversation?.id).toBe(id);
    }
    expect(sent).toEqual(["hash", "query", "query", "query"]);
  });
});
