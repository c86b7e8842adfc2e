import type { Client, ExecutionResult, RequestParams } from "graphql-sse";

/** Follows events for ever: every batch at least once. Returns what ends it. */
export function follow(
  client: Client,
  request: RequestParams,
  sink: { next(result: ExecutionResult): void; error(error: unknown): void },
): () => void {
  let after = request.variables?.after;
  let end = () => {};
  let ended = false;
  let timer: ReturnType<typeof setTimeout>;
  const again = (ms: number) => {
    if (!ended) timer = setTimeout(begin, ms);
  };
  const begin = () => {
    let refused = false;
    end = client.subscribe<{ events: { cursor: string } }, Record<string, unknown>>(
      { ...request, variables: { ...request.variables, after } },
      {
        next(result) {
          after = result.data?.events.cursor ?? after;
          const [error] = result.errors ?? [];
          const passing = ["RATE_LIMITED", "SERVICE_UNAVAILABLE"].includes(String(error?.extensions?.code));
          refused = Boolean(error) && !passing;
          if (!passing) sink.next(result);
        },
        // A cut, or an answer that is no stream.
        error: () => again(1_000),
        complete: () => (refused ? sink.error(new Error("The subscription was refused.")) : again(100)),
      },
    );
  };
  begin();
  return () => {
    ended = true;
    clearTimeout(timer);
    end();
  };
}
