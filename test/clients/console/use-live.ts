import { useQueryClient } from "@tanstack/react-query";
import { createClient } from "graphql-sse";
import { useEffect } from "react";
import { useNotify } from "react-admin";
import { follow } from "../follow.ts";

const query =
  "subscription Live($after: String) { events(after: $after, filter: { includeInternal: true }) { cursor nodes { number } } }";

/** However often it is asked, it works once a second at most. */
export function atMostOnceASecond(work: () => void) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const begin = () => {
    timer = undefined;
    work();
  };
  return {
    ask() {
      timer ??= setTimeout(begin, 1_000);
    },
    end: () => clearTimeout(timer),
  };
}

/**
 * Asks for the shown lists again whenever something has happened in the workspace. Not for the record in a form: with the new
 * revision, the form would overwrite what a colleague wrote.
 */
export function useLive(url: string): void {
  const queries = useQueryClient();
  const notify = useNotify();
  useEffect(() => {
    const client = createClient({ url: new URL(url, location.href).href, retryAttempts: 0 });
    const lists = atMostOnceASecond(
      () => void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[1] !== "getOne" }),
    );
    const unfollow = follow(
      client,
      { query },
      {
        next: ({ data }) => (data?.events as { nodes: unknown[] } | undefined)?.nodes.length && lists.ask(),
        error: () => notify("Live updates have ended: reload the page.", { type: "warning" }),
      },
    );
    return () => {
      unfollow();
      lists.end();
    };
  }, [url, queries, notify]);
}
