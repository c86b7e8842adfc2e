import type { Database } from "../database/open.ts";
import { pruneEvents } from "./prune-events.ts";

const hourMs = 60 * 60 * 1000;

/**
 * Prunes events that are older than so many days, first within a minute, then every hour. With 0 days it does nothing. Returns a function
 * that stops it.
 */
export function schedulePruning(db: Database, days: number, log: (error: unknown) => void): () => void {
  if (days === 0) return () => {};
  let timer: NodeJS.Timeout;
  let ended = false;
  // Gateways that start together do not all begin at once.
  const schedule = (ms: number) => {
    timer = setTimeout(async () => {
      await pruneEvents(db, days).catch(log);
      if (!ended) schedule(hourMs);
    }, ms).unref();
  };
  schedule(Math.random() * 60_000);
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}
