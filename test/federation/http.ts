import { once } from "node:events";
import type { IncomingHttpHeaders, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll } from "vitest";

export interface Answer {
  // biome-ignore lint/suspicious/noExplicitAny: what a document answers is only known by the test that sends it
  data: any;
  errors?: { message: string; path?: (string | number)[]; extensions: Record<string, unknown> }[];
}

export interface Served {
  url: string;
  /** The headers of every request since the last call. */
  takeRequests(): IncomingHttpHeaders[];
}

/** Serves on a free port until the tests of the file are over. */
export async function serve(server: Server): Promise<Served> {
  let requests: IncomingHttpHeaders[] = [];
  server.on("request", ({ headers }) => requests.push(headers));
  await once(server.listen(0, "127.0.0.1"), "listening");
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/graphql`,
    takeRequests() {
      const taken = requests;
      requests = [];
      return taken;
    },
  };
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
