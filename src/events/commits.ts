import type pg from "pg";
import { defaults } from "../config.ts";
import type { Commits, Context } from "../context.ts";
import { Doorbell } from "./doorbell.ts";
import { LogHeads } from "./log-heads.ts";

/** Passes on the commits of this process: to its own streams at once, and to other gateways by the doorbell, if there is one. */
export function createCommits(
  db: Context["db"],
  pollMs = defaults.eventPollMs,
  doorbell?: pg.ClientConfig,
): Commits & { close(): void } {
  const heads = new LogHeads(db, pollMs);
  const bell = doorbell && new Doorbell(doorbell, (workspaceId) => heads.tell(workspaceId));
  return {
    tell(workspaceId) {
      heads.tell(workspaceId);
      bell?.ring(workspaceId);
    },
    follow: (workspaceId) => heads.follow(workspaceId),
    close() {
      heads.close();
      void bell?.close();
    },
  };
}
