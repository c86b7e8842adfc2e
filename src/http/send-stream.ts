import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type FetchAPI, getSSEProcessor } from "graphql-yoga";

const processEvents = getSSEProcessor();

/** Yoga's event stream under the headers of all our answers: a proxy does not keep it, and a stopping gateway closes its connection. */
export const processStream: typeof processEvents = (...result) => {
  const response = processEvents(...result) as Response;
  for (const name of ["Connection", "Cache-Control"]) response.headers.delete(name);
  response.headers.set("X-Accel-Buffering", "no");
  return response;
};

const fetchApi = { Response, ReadableStream, TextEncoder } as unknown as FetchAPI;

/** Sends a result, or results that come one by one, as an event stream: the next is asked for when the client has taken the last. */
export async function sendStream(res: ServerResponse, result: Parameters<typeof processEvents>[0]): Promise<void> {
  const { status, headers, body } = processStream(result, fetchApi, "") as Response;
  if (res.closed || res.destroyed) return void (await body?.cancel());
  res.writeHead(status, Object.fromEntries(headers));
  // A client that goes ends it early.
  await pipeline(Readable.fromWeb(body as never), res).catch(() => {});
}
