import type { IncomingMessage, ServerResponse } from "node:http";

const timers = new WeakMap<ServerResponse, NodeJS.Timeout>();

/**
 * Ends the response when its connection ends, and both after `maxMs`, so that nobody waits for its end for ever. With pipelining, Node
 * forgets the later responses of a connection that is lost.
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
  // More than ten parts of the gateway wait for this event, and Node would warn of a leak.
  response.setMaxListeners(0).once("close", () => {
    clearTimeout(timer);
    socket.off("close", lose);
  });
}

/** Removes the timeout of a stream, which has limits of its own. */
export function clearResponseTimeout(response: ServerResponse): void {
  clearTimeout(timers.get(response));
}
