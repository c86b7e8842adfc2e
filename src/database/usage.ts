import { AsyncLocalStorage } from "node:async_hooks";

/** The use that one request makes of the database. */
export interface Usage {
  /** Absent while its API key is looked up. */
  workspaceId?: string;
  /** Makes a signal that is aborted when the client has left. Then the request waits for no connection any more. */
  leaving?: () => AbortSignal;
  /** True for the check whether the gateway is ready. */
  readiness?: boolean;
  /** Connections that it holds now. */
  connections: number;
  /** Rows that its statements have returned. */
  rows: number;
  /** For how many milliseconds it has held connections, including waits for locks. */
  milliseconds: number;
}

/** The request that is being answered. Absent if the gateway itself asks, for example when it starts. */
export const currentUsage = new AsyncLocalStorage<Usage>();

/** Runs something outside of every request, so that its statements are not counted or traced in the one that caused it. */
export const outside: <T>(work: () => T) => T = AsyncLocalStorage.snapshot();

export function beginUsage(): Usage {
  return { connections: 0, rows: 0, milliseconds: 0 };
}

/** Adds rows that the request has read although the database did not return them: counted entries, or many rows as one text. */
export function addRows(rows: number): void {
  const usage = currentUsage.getStore();
  if (usage) usage.rows += rows;
}
