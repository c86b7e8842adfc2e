import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { onTestFinished } from "vitest";

/** A message of a stream of server-sent events: `next` with a result, or `complete`. */
// biome-ignore lint/suspicious/noExplicitAny: what a document answers is only known by the test that sends it
export type Message = { event: "complete" } | { event: "next"; data?: any; errors?: any };

interface Asked {
  url: string;
  key: string;
  query: string;
  variables?: object;
  accept?: string;
  method?: "GET" | "POST";
  headers?: Record<string, string>;
}

/** A stream as it comes over HTTP. Every call of `next` gives its next message, undefined when it was cut. */
export async function openStream({ url, key, query, variables, ...asked }: Asked) {
  const { accept = "text/event-stream", method = "POST", headers } = asked;
  const search = new URLSearchParams({ query, variables: JSON.stringify(variables ?? {}) });
  const sent = request(method === "GET" ? `${url}?${search}` : url, {
    method,
    headers: { ...(method === "POST" && { "content-type": "application/json" }), "x-api-key": key, accept, ...headers },
    agent: false,
  });
  sent.end(method === "POST" ? JSON.stringify({ query, variables }) : undefined);
  const response = await answerTo(sent);
  onTestFinished(() => void response.destroy());
  const messages = read(response);
  return {
    status: response.statusCode,
    headers: response.headers,
    response,
    next: async () => (await messages.next()).value as Message | undefined,
    close: () => void response.destroy(),
  };
}

async function answerTo(sent: ClientRequest): Promise<IncomingMessage> {
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  return response.setEncoding("utf8");
}

async function* read(response: IncomingMessage): AsyncGenerator<Message> {
  let text = "";
  try {
    for await (const chunk of response) {
      text += chunk;
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        const [, event, data] = /^event: (.*)\ndata:(.*)$/s.exec(text.slice(0, end)) ?? [];
        text = text.slice(end + 2);
        if (event === "next") yield { event, ...JSON.parse(data as string) };
        if (event === "complete") yield { event };
      }
    }
  } catch {
    // It was cut.
  }
}
