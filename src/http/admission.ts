import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { DomainError } from "../errors.ts";

/** What this process works on at the same time, at most. */
export interface Capacity {
  requests: number;
  /** By the prices of the requests' operations. */
  rows: number;
}

export interface Admission {
  /**
   * Runs the work for a request, which has its place until the work is done and the response sent. Throws SERVICE_UNAVAILABLE at
   * once when there is none: a queue would only grow until everybody in it has given up.
   */
  admit(request: IncomingMessage, response: ServerResponse, work: () => unknown): Promise<void>;
  /** Throws SERVICE_UNAVAILABLE when these rows do not fit beside those that others have reserved. */
  reserve(request: IncomingMessage, rows: number): void;
}

export function createAdmission(capacity: Capacity): Admission {
  const reservations = new Map<IncomingMessage, number>();
  let reserved = 0;
  return {
    async admit(request, response, work) {
      if (reservations.size >= capacity.requests) throw overloaded();
      reservations.set(request, 0);
      try {
        const closed = once(response, "close");
        const done = work();
        await Promise.race([done, closed]);
        // Who leaves before the answer is ready leaves the work behind; who leaves while it is sent ends that.
        await (response.headersSent ? closed : done);
      } finally {
        reserved -= reservations.get(request) ?? 0;
        reservations.delete(request);
      }
    },
    reserve(request, rows) {
      const own = reservations.get(request) ?? 0;
      // Alone, whatever is within its budget fits.
      if (reserved > own && reserved + rows > capacity.rows) throw overloaded();
      reservations.set(request, own + rows);
      reserved += rows;
    },
  };
}

function overloaded(): DomainError {
  const message = "The service has as many requests as it can hold. Try again shortly.";
  return new DomainError("SERVICE_UNAVAILABLE", message, { reason: "OVERLOADED", retryAfter: 1 });
}
