import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type FetchAPI, getSSEProcessor } from "graphql-yoga";

const processEvents = getSSEProcessor();

/** Yoga's event stream with the headers of all our answers: no proxy keeps it, and a gateway that stops closes its connection. */
export const processStream: typeof processEvents = (...result) => {
  const response = processEvents(...result) as Response;
  for (const name of ["Connection", "Cache-Control"]) response.headers.delete(name);
  response.headers.set("X-Accel-Buffering", "no");
  return response;
};

const fetchApi = { Response, ReadableStream, TextEncoder } as unknown as FetchAPI;

/** Sends one result, or several that come one by one, as an event stream. It asks for the next when the client has taken the last. */
export async function sendStream(res: ServerResponse, result: Parameters<typeof processEvents>[0]): Promise<void> {
  const { status, headers, body } = processStream(result, fetchApi, "") as Response;
  if (res.closed || res.destroyed) return void (await body?.cancel());
  res.writeHead(status, Object.fromEntries(headers));
  // It fails when the client leaves early.
  await pipeline(Readable.fromWeb(body as never), res).catch(() => {});
}
