import { requirePermission } from "../caller.ts";
import type { Context, LogFollower } from "../context.ts";
import { parseBatchSize, parseEventFilter } from "../rules/event-filter.ts";
import { type FollowArgs, type Position, startOf } from "./read-batch.ts";

/** For how many milliseconds a stream may send nothing. Then an empty batch tells how far the log was read. */
const heartbeatMs = 25_000;

/** The position from which a stream reads its next batch. */
export interface Step extends Position {
  /** Another batch was sent a moment ago, so a batch without events need not be sent now. */
  quiet: boolean;
}

/**
 * Follows the log of the caller's workspace. `readBatch` has to read each step, and moves it on, before the next one is taken. The first
 * step comes at once, the others when there are new events, or every 25 seconds. It ends with the signal of the context.
 */
export async function followEvents(context: Context, args: FollowArgs): Promise<AsyncGenerator<Step>> {
  const { caller, commits } = context;
  requirePermission(caller, "read");
  parseEventFilter(args.filter);
  parseBatchSize(args.first);
  if (!commits) throw new Error("Only a gateway can be followed.");
  // This comes before the log is read, so that no later commit is missed.
  const follower = commits.follow(caller.workspaceId);
  context.signal?.addEventListener("abort", () => follower.end());
  try {
    return steps(follower, { ...(await startOf(context, args)), quiet: false }, context.signal);
  } catch (error) {
    follower.end();
    throw error;
  }
}

async function* steps(follower: LogFollower, step: Step, signal?: AbortSignal): AsyncGenerator<Step> {
  let heartbeatAt = 0;
  try {
    while (!signal?.aborted) {
      const left = heartbeatAt - performance.now();
      step.quiet = left > 0;
      yield step;
      if (!step.quiet || step.shown > 0) heartbeatAt = performance.now() + heartbeatMs;
      const patience = Math.max(0, heartbeatAt - performance.now());
      step.news = !step.caughtUp || (await follower.waitBeyond(step.after, patience, signal));
    }
  } finally {
    follower.end();
  }
}
