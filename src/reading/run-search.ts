import type { Prisma } from "../../prisma/generated/client/client.ts";
import type { Context } from "../context.ts";
import { sqlStateOf, sqlStates } from "../database/sql-state.ts";
import { badInput } from "../rules/parse.ts";

/** Milliseconds that the searches of a request may take, together. */
const maxSearchMs = 3_000;

/** The number of searches of one workspace that run at the same time. */
const maxRunning = 2;

interface Searches {
  /** How many milliseconds the searches have taken so far. */
  ms: number;
  last: Promise<unknown>;
}

/** The key is the loaders: a request may have a context for the primary and one for a replica, and both share the loaders. */
const searches = new WeakMap<Context["loaders"], Searches>();

/**
 * Runs a search, which may look at far more rows than it returns. The searches of a request run one after another, and of a workspace two
 * at a time. Together, those of a request have 3 seconds. Then the search is cancelled, and throws BAD_USER_INPUT `SEARCH_TOO_SLOW`.
 */
export function runSearch<T>(context: Context, read: (db: Prisma.TransactionClient) => Promise<T>): Promise<T> {
  const all = searches.get(context.loaders) ?? { ms: 0, last: Promise.resolve() };
  searches.set(context.loaders, all);
  const run = () => inLane(context.caller.workspaceId, () => runWithin(context, all, read));
  const turn = all.last.then(run);
  all.last = turn.catch(() => {});
  return turn;
}

/** How many milliseconds the database has taken for the searches of this request. */
export function searchMs({ loaders }: Context): number {
  return searches.get(loaders)?.ms ?? 0;
}

const lanes = new Map<string, { running: number; readonly waiting: (() => void)[] }>();

/** Waits for one of the two turns of the workspace. A search that waits holds no connection. */
async function inLane<T>(workspaceId: string, work: () => Promise<T>): Promise<T> {
  const lane = lanes.get(workspaceId) ?? { running: 0, waiting: [] };
  lanes.set(workspaceId, lane);
  if (lane.running < maxRunning) lane.running++;
  else await new Promise<void>((resolve) => lane.waiting.push(resolve));
  try {
    return await work();
  } finally {
    const next = lane.waiting.shift();
    if (next) next();
    else if (--lane.running === 0) lanes.delete(workspaceId);
  }
}

async function runWithin<T>({ db }: Context, all: Searches, read: (db: Prisma.TransactionClient) => Promise<T>) {
  const left = Math.floor(maxSearchMs - all.ms);
  if (left < 1) throw tooSlow();
  return db.$transaction(async (tx) => {
    const started = performance.now();
    try {
      await tx.$queryRaw`SELECT set_config('statement_timeout', ${String(left)}, true)`;
      return await read(tx);
    } catch (error) {
      if (sqlStateOf(error)?.state === sqlStates.queryCanceled) throw tooSlow();
      throw error;
    } finally {
      all.ms += performance.now() - started;
    }
  });
}

function tooSlow() {
  const seconds = maxSearchMs / 1000;
  return badInput(
    "filter",
    "SEARCH_TOO_SLOW",
    `the searches of this request took longer than ${seconds} s together: look for what is rarer, or in fewer lists`,
  );
}
