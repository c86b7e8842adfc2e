import type { ServerResponse } from "node:http";
import type pg from "pg";
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from "rate-limiter-flexible";
import { DomainError } from "../errors.ts";

/** What takes points of an API key's minute, as often as it is called, and tells the response what is left; throws RATE_LIMITED when that is too little. */
export type Charge = (keyId: string, response: ServerResponse) => (points: number) => Promise<void>;

/**
 * The points of every API key: in the memory of this process, or in the database that several gateways share. While that cannot be
 * asked, each of them counts for itself.
 */
export function createRateLimit(pointsPerMinute: number, shared?: pg.Pool): Charge {
  const limits = { points: pointsPerMinute, duration: 60 };
  const memory = new RateLimiterMemory(limits);
  const limiter = shared
    ? new RateLimiterPostgres({
        ...limits,
        storeClient: shared,
        storeType: "pool",
        tableName: "RateLimit",
        tableCreated: true,
        keyPrefix: "",
        insuranceLimiter: memory,
      })
    : memory;
  const tell = (response: ServerResponse, { remainingPoints, msBeforeNext }: RateLimiterRes) => {
    response.setHeader("RateLimit-Limit", pointsPerMinute);
    response.setHeader("RateLimit-Remaining", remainingPoints);
    response.setHeader("RateLimit-Reset", wholeSeconds(msBeforeNext));
  };
  return (keyId, response) => {
    let last: RateLimiterRes | undefined;
    const refuse = (result: RateLimiterRes) => {
      tell(response, result);
      throw tooMany(pointsPerMinute, wholeSeconds(result.msBeforeNext));
    };
    return async (points) => {
      if (points === 0) return;
      // What cannot be paid is not taken: giving it back later could give it to the next minute.
      if (last && points > last.remainingPoints) refuse(last);
      try {
        last = await limiter.consume(keyId, points);
      } catch (refused) {
        if (!(refused instanceof RateLimiterRes)) throw refused;
        return refuse(refused);
      }
      tell(response, last);
    };
  };
}

function wholeSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}

function tooMany(limit: number, retryAfter: number): DomainError {
  const message = `This API key has used up its ${limit} points a minute: one a request and one a row of its price.`;
  return new DomainError("RATE_LIMITED", `${message} Try again in ${retryAfter} s.`, {
    reason: "POINTS_SPENT",
    limit,
    retryAfter,
  });
}
