import type { ServerResponse } from "node:http";

/** Calls back when the head of the response is about to be sent. */
export function onHead(response: ServerResponse, call: () => void): void {
  const { writeHead } = response;
  response.writeHead = ((...head: Parameters<typeof writeHead>) => {
    response.writeHead = writeHead;
    call();
    return writeHead.apply(response, head);
  }) as typeof writeHead;
}
