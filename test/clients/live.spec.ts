import { readFileSync } from "node:fs";
import { ApolloClient, ApolloLink, InMemoryCache, Observable } from "@apollo/client";
import { Client, fetchExchange } from "@urql/core";
import { print } from "graphql";
import { createClient } from "graphql-sse";
import {
  Environment,
  Network,
  RecordSource,
  Observable as RelayObservable,
  requestSubscription,
  Store,
} from "relay-runtime";
import { beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { serveGateway } from "../support/gateway.ts";
import { atMostOnceASecond } from "./console/use-live.ts";
import { follow } from "./follow.ts";
import { FollowDocument, type FollowSubscription } from "./generated/graphql.ts";
import { following } from "./relay/following.ts";
import { newParent } from "./tenant.ts";

// Each client follows, is cut off in the middle, and goes on by itself: nothing is missing.

let gateway: Awaited<ReturnType<typeof serveGateway>>;
beforeAll(async () => {
  gateway = await serveGateway();
});

type Batch = Pick<FollowSubscription["events"], "cursor"> & { nodes: readonly { number: number }[] };
type Follow = (key: string, after: string, take: (batch: Batch) => void) => () => void;

const sse = (key: string) => createClient({ url: gateway.url, headers: { "x-api-key": key }, retryAttempts: 0 });

const clients: Record<string, Follow> = {
  "graphql-sse by itself": (key, after, take) =>
    follow(
      sse(key),
      { query: print(FollowDocument), variables: { after } },
      { next: ({ data }) => take((data as unknown as FollowSubscription).events), error: expect.unreachable },
    ),

  "Apollo Client over graphql-sse": (key, after, take) => {
    const client = sse(key);
    const link = new ApolloLink(
      ({ query, variables, operationName }) =>
        new Observable((sink) =>
          follow(
            client,
            { query: print(query), variables, operationName },
            {
              next: (result) => sink.next(result as never),
              error: (error) => sink.error(error),
            },
          ),
        ),
    );
    const apollo = new ApolloClient({ link, cache: new InMemoryCache() });
    const events = apollo.subscribe({ query: FollowDocument, variables: { after } });
    const subscription = events.subscribe(({ data }) => data && take(data.events as Batch));
    return () => subscription.unsubscribe();
  },

  "Relay over graphql-sse": (key, after, take) => {
    const client = sse(key);
    const network = Network.create(
      () => Promise.reject(new Error("there are no queries here")),
      ({ text, name }, variables) =>
        RelayObservable.create((sink) =>
          follow(
            client,
            { query: text as string, operationName: name, variables },
            {
              next: (result) => sink.next(result as never),
              error: (error) => sink.error(error as Error),
            },
          ),
        ),
    );
    const environment = new Environment({ network, store: new Store(new RecordSource()) });
    const { dispose } = requestSubscription(environment, {
      subscription: following,
      variables: { after },
      onNext: (data) => data && take((data as { events: Batch }).events),
      onError: ({ message }) => expect.unreachable(message),
    });
    return dispose;
  },

  "urql, which speaks server-sent events itself": (key, after, take) => {
    const client = new Client({
      url: gateway.url,
      fetchOptions: { headers: { "x-api-key": key } },
      exchanges: [fetchExchange],
      fetchSubscriptions: true,
      preferGetMethod: false,
    });
    let cursor = after;
    let ended = false;
    let unsubscribe = () => {};
    const begin = () => {
      if (ended) return;
      const results = client.subscription(FollowDocument, { after: cursor });
      ({ unsubscribe } = results.subscribe(({ data, hasNext }) => {
        if (data) {
          cursor = data.events.cursor;
          take(data.events);
        }
        if (!hasNext) setTimeout(begin, 100);
      }));
    };
    begin();
    return () => {
      ended = true;
      unsubscribe();
    };
  },
};

describe.each(Object.entries(clients))("%s", (_, connect) => {
  test("follows events, and goes on behind the last batch when it was cut", async () => {
    const { key, addChild, ask } = await newParent(0);
    const { eventCursor } = await ask("{ eventCursor }");
    const seen: number[] = [];
    let batches = 0;
    const end = connect(key, eventCursor, ({ nodes }) => {
      batches++;
      seen.push(...nodes.map(({ number }) => number));
    });
    await vi.waitFor(() => expect(batches).toBeGreaterThan(0), { timeout: 20_000 });
    const written = async () => {
      const { events } = await ask(
        "query ($after: String) { events(after: $after, first: 100) { nodes { number } } }",
        {
          after: eventCursor,
        },
      );
      return events.nodes.map(({ number }: { number: number }) => number);
    };
    for (let cuts = 0; cuts < 2; cuts++) {
      await addChild();
      const all = await written();
      await vi.waitFor(() => expect(seen).toEqual(all), { timeout: 20_000 });
      gateway.server.closeAllConnections();
      await addChild();
    }
    const all = await written();
    await vi.waitFor(() => expect(seen).toEqual(all), { timeout: 20_000 });
    end();
  });
});

test("a client that goes on by itself ends when its key is revoked", async () => {
  const { key, revoke } = await newParent(0);
  let batches = 0;
  const refusals: unknown[] = [];
  const request = { query: print(FollowDocument) };
  const end = follow(sse(key), request, { next: () => batches++, error: (error) => refusals.push(error) });
  onTestFinished(end);
  await vi.waitFor(() => expect(batches).toBe(1), { timeout: 20_000 });
  await revoke();
  gateway.server.closeAllConnections();
  await vi.waitFor(() => expect(refusals).toHaveLength(1), { timeout: 20_000 });
});

test("a live console asks for its lists once for all that happens within a second", () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const work = vi.fn();
  const lists = atMostOnceASecond(work);
  for (let n = 0; n < 3; n++) lists.ask();
  vi.advanceTimersByTime(999);
  expect(work).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(work).toHaveBeenCalledOnce();
  lists.ask();
  vi.advanceTimersByTime(1_000);
  expect(work).toHaveBeenCalledTimes(2);
  lists.ask();
  lists.end();
  vi.advanceTimersByTime(1_000);
  expect(work).toHaveBeenCalledTimes(2);
});

test("the wrapper in docs/events.md is the one that goes on here", () => {
  const [, shown] =
    /```ts\n([\s\S]*?)```/.exec(readFileSync(new URL("../../docs/events.md", import.meta.url), "utf8")) ?? [];
  expect(shown).toBe(readFileSync(new URL("follow.ts", import.meta.url), "utf8"));
});
