import { type Client, type ExecutionResult, NetworkError, type RequestParams } from "graphql-sse";

/** Follows events until it is refused. The sink gets every batch, some of them twice after a cut. Returns a function that ends it. */
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
    let pauseMs = 100;
    end = client.subscribe<{ events: { cursor: string } }, Record<string, unknown>>(
      { ...request, variables: { ...request.variables, after } },
      {
        next(result) {
          after = result.data?.events.cursor ?? after;
          const [error] = result.errors ?? [];
          const passing = ["RATE_LIMITED", "SERVICE_UNAVAILABLE"].includes(String(error?.extensions?.code));
          refused = Boolean(error) && !passing;
          pauseMs = passing ? 1_000 : 100;
          if (!passing) sink.next(result);
        },
        // A cut passes, and so does an answer without a stream, unless its status says that the request itself is refused.
        error(error) {
          const status = error instanceof NetworkError ? Number(error.response?.status) : 0;
          if (status >= 400 && status < 500 && status !== 429) sink.error(error);
          else again(1_000);
        },
        complete: () => (refused ? sink.error(new Error("The subscription was refused.")) : again(pauseMs)),
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
