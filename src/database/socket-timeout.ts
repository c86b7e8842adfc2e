import type { Socket } from "node:net";
import type pg from "pg";
import { DatabaseUnavailable } from "./unavailable.ts";

/**
 * Ends the connection when nothing is sent or received on it for `ms` milliseconds; 0 means never. Its statement fails, and the
 * pool drops it. A timeout of pg itself would leave it in the pool, with its statement and perhaps a transaction still running.
 */
export function setSocketTimeout(client: pg.ClientBase, ms: number): void {
  const socket = socketOf(client);
  // Only the timeout 0 takes the listener off.
  if (socket.timeout) socket.setTimeout(0, end);
  if (ms > 0) socket.setTimeout(ms, end);
}

/** Calls this when the connection is ended because of its silence. */
export function onceTimedOut(client: pg.ClientBase, react: () => void): void {
  socketOf(client).once("error", (error) => error === silence && react());
}

const silence = new DatabaseUnavailable("The database has been silent for too long");

function socketOf(client: pg.ClientBase): Socket {
  return (client as pg.Client).connection.stream as Socket;
}

function end(this: Socket): void {
  this.destroy(silence);
}
