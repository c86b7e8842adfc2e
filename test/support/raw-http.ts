import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";

interface RawRequest {
  target?: string;
  method?: string;
  headers?: Record<string, string | string[]>;
  /** Sent in chunks, without a length. */
  chunks?: string[];
}

/** Sends requests that fetch would not send: with any target, any Host, or a body without a length. */
export async function sendRaw(
  origin: string,
  { target = "/graphql", method = "POST", headers, chunks = [] }: RawRequest,
) {
  const { hostname, port } = new URL(origin);
  const sent = request({ host: hostname, port, path: target, method, headers });
  const answered = once(sent, "response") as Promise<[IncomingMessage]>;
  for (const chunk of chunks) sent.write(chunk);
  sent.end();
  const [response] = await answered;
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}
