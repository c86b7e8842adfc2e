import type { ServerResponse } from "node:http";

const calls = new WeakMap<ServerResponse, (() => void)[]>();

/** Calls back when the head of the response is about to be sent. */
export function onHead(response: ServerResponse, call: () => void): void {
  const others = calls.get(response);
  if (others) return void others.push(call);
  const all = [call];
  calls.set(response, all);
  const { writeHead } = response;
  response.writeHead = ((...head: Parameters<typeof writeHead>) => {
    response.writeHead = writeHead;
    for (const one of all) one();
    return writeHead.apply(response, head);
  }) as typeof writeHead;
}
