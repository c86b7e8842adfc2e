import type { ServerResponse } from "node:http";
import type pg from "pg";
import { DomainError } from "../errors.ts";
import { type Account, type Minute, mapPair, type Pair, type PointStore } from "./point-store.ts";
import { pointsInDatabase } from "./points-in-database.ts";
import { pointsInMemory } from "./points-in-memory.ts";

/** Points a minute. */
interface PointLimits {
  /** Of each API key. */
  key: number;
  /** Of all keys of a workspace together. */
  workspace: number;
}

/** The points that one request pays. The headers of its response show the balance after each change. */
export interface Bill {
  /** Takes points, or throws RATE_LIMITED and takes none. */
  take(points: number): Promise<void>;
  /** Takes more points, at most those that are left, or gives some back to the minute that they were taken from. */
  correct(difference: number): Promise<void>;
}

/** Opens the bill of a request. */
export type Charge = (keyId: string, workspaceId: string, response: ServerResponse) => Bill;

/**
 * Counts the points of API keys and workspaces, in the memory of this process or in the database that several gateways share. If the
 * database cannot answer, each gateway counts for itself.
 */
export function createRateLimit(limits: PointLimits, shared?: pg.Pool): Charge {
  const memory = pointsInMemory();
  const database = shared && pointsInDatabase(shared);
  return (keyId, workspaceId, response) => {
    const accounts: Pair<Account> = [
      { id: keyId, limit: limits.key },
      { id: `workspace:${workspaceId}`, limit: limits.workspace },
    ];
    let store: PointStore = database ?? memory;
    let minutes: Pair<Minute> | undefined;
    const inStore = async <T>(work: () => Promise<T>): Promise<T> => {
      try {
        return await work();
      } catch (error) {
        if (store === memory) throw error;
        store = memory;
        return work();
      }
    };
    return {
      async take(points) {
        if (points === 0) return;
        // These are too many for sure, so the store need not be asked.
        const known = minutes && tightest(accounts, minutes);
        if (known && points > known.left) throw refuse(response, known);
        const result = await inStore(() => store.take(accounts, points));
        const tight = tightest(accounts, result.minutes);
        if (!result.taken) throw refuse(response, tight);
        minutes = result.minutes;
        tell(response, tight);
      },
      async correct(difference) {
        if (!minutes || difference === 0) return;
        const taken = minutes;
        minutes = await inStore(() => store.correct(accounts, difference, taken));
        tell(response, tightest(accounts, minutes));
      },
    };
  };
}

interface Tight {
  account: Account;
  ofWorkspace: boolean;
  left: number;
  seconds: number;
}

/** The account that has less left. */
function tightest(accounts: Pair<Account>, minutes: Pair<Minute>): Tight {
  const [key, workspace] = mapPair(accounts, (account, at) => ({
    account,
    ofWorkspace: at === 1,
    left: Math.max(0, account.limit - minutes[at].spent),
    seconds: Math.max(1, Math.ceil((minutes[at].endsAt - Date.now()) / 1000)),
  }));
  return workspace.left < key.left ? workspace : key;
}

function tell(response: ServerResponse, { account, left, seconds }: Tight): void {
  if (response.headersSent) return;
  response.setHeader("RateLimit-Limit", account.limit);
  response.setHeader("RateLimit-Remaining", left);
  response.setHeader("RateLimit-Reset", seconds);
}

function refuse(response: ServerResponse, tight: Tight): DomainError {
  tell(response, tight);
  const { account, ofWorkspace, left, seconds } = tight;
  const who = ofWorkspace ? "This workspace" : "This API key";
  const message = `${who} has ${left} of its ${account.limit} points a minute left, too few for this request.`;
  return new DomainError("RATE_LIMITED", `${message} Try again in ${seconds} s.`, {
    reason: "POINTS_SPENT",
    limit: account.limit,
    retryAfter: seconds,
  });
}
