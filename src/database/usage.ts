import { AsyncLocalStorage } from "node:async_hooks";

/** What one request uses of the database. */
export interface Usage {
  /** Absent while its API key is looked up. */
  workspaceId?: string;
  /** It asks whether the gateway is ready. */
  readiness?: boolean;
  /** Connections that it holds now. */
  connections: number;
  /** Rows that its statements have returned. */
  rows: number;
  /** Milliseconds for which it has held connections, locks that it waited for included. */
  milliseconds: number;
}

/** The request that is being answered. Absent: the gateway itself asks, as when it starts. */
export const currentUsage = new AsyncLocalStorage<Usage>();

export function beginUsage(): Usage {
  return { connections: 0, rows: 0, milliseconds: 0 };
}

/** Notes rows that the request has read where the database returned fewer: entries that it counted, or many as one text. */
export function addRows(rows: number): void {
  const usage = currentUsage.getStore();
  if (usage) usage.rows += rows;
}
