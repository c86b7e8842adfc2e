import type { IncomingHttpHeaders, Server } from "node:http";
import { serve } from "../support/serve.ts";

export interface Answer {
  // biome-ignore lint/suspicious/noExplicitAny: what a document answers is only known by the test that sends it
  data: any;
  errors?: { message: string; path?: (string | number)[]; extensions: Record<string, unknown> }[];
}

/** Serves GraphQL until the tests of the file are over. `takeRequests` gives the headers of every request since its last call. */
export async function serveGraphQL(server: Server) {
  const { origin } = await serve(server);
  return { url: `${origin}/graphql`, takeRequests: requestsOf(server) };
}

/** Notes the headers of every request. Returns a function that takes those since its last call. */
export function requestsOf(server: Server): () => IncomingHttpHeaders[] {
  const requests: IncomingHttpHeaders[] = [];
  server.on("request", ({ headers }) => requests.push(headers));
  return () => requests.splice(0);
}

/** Sends a document as a client over HTTP. */
export async function send(
  url: string,
  headers: Record<string, string>,
  query: string,
  variables?: object,
): Promise<Answer> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json", ...headers },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as Answer;
}
