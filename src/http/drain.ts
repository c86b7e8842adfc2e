import { once } from "node:events";
import type { Server, ServerResponse } from "node:http";
import { Server as NetServer } from "node:net";
import { setTimeout as after, setImmediate as nextTurn } from "node:timers/promises";

/** For how long a connection without a request may still send its last one. */
const lastRequestMs = 1_000;

interface DrainTimes {
  /** For how long new connections are still taken. */
  delayMs: number;
  /** For how long after that requests that have begun may take. */
  graceMs: number;
}

/**
 * Returns a function that stops a listening server without losing a request. Every answer tells its client to close the connection. After
 * `delayMs` no new connection is accepted, and open requests are answered. After `graceMs` the rest is cut.
 */
export function prepareDrain(server: Server): (times: DrainTimes) => Promise<void> {
  const pending = new Set<ServerResponse>();
  let draining = false;
  server.prependListener("request", (_, response) => {
    if (draining) sayClose(response);
    pending.add(response);
    response.once("close", () => pending.delete(response));
  });
  return async ({ delayMs, graceMs }) => {
    draining = true;
    for (const response of pending) sayClose(response);
    await after(delayMs);
    await acceptQueued(server);
    const closed = once(server, "close");
    // The HTTP server's own close() also cuts kept-alive connections, and with them the requests that are on their way.
    NetServer.prototype.close.call(server);
    const idle = setInterval(() => server.closeIdleConnections(), lastRequestMs);
    const grace = setTimeout(() => server.closeAllConnections(), graceMs);
    await closed;
    clearInterval(idle);
    clearTimeout(grace);
  };
}

/**
 * Accepts the connections that are still queued, because closing would cut them off. Each turn of the event loop takes one from the queue.
 * A turn that takes none has found the queue empty. The first turn is over before it could take one.
 */
async function acceptQueued(server: Server): Promise<void> {
  let accepted = 0;
  const count = () => accepted++;
  server.on("connection", count);
  const deadline = Date.now() + lastRequestMs;
  await nextTurn();
  for (let before = -1; before !== accepted && Date.now() < deadline; await nextTurn()) before = accepted;
  server.off("connection", count);
}

function sayClose(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader("Connection", "close");
}
