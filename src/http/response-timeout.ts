import type { IncomingMessage, ServerResponse } from "node:http";

const timers = new WeakMap<ServerResponse, NodeJS.Timeout>();

/**
 * Ends the response with its connection, and both after `maxMs`, so that whoever waits for its end does not wait forever. Node forgets
 * the responses that stand behind another one of their connection (pipelining) when that is lost.
 */
export function setResponseTimeout({ socket }: IncomingMessage, response: ServerResponse, maxMs: number): void {
  const lose = () => {
    if (response.closed) return;
    response.destroy();
    response.emit("close");
  };
  const timer = setTimeout(() => socket.destroy(), maxMs).unref();
  timers.set(response, timer);
  socket.setMaxListeners(0).once("close", lose);
  // More than ten parts of the gateway wait for its end: Node would take that for a leak.
  response.setMaxListeners(0).once("close", () => {
    clearTimeout(timer);
    socket.off("close", lose);
  });
}

/** Lets a response take as long as it will: it is a stream, which has bounds of its own. */
export function clearResponseTimeout(response: ServerResponse): void {
  clearTimeout(timers.get(response));
}
