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
  /** Says whose request it is; throws SERVICE_UNAVAILABLE when that workspace has half of all places already. */
  identify(request: IncomingMessage, workspaceId: string): void;
  /** Throws SERVICE_UNAVAILABLE when these rows do not fit beside those that others have reserved, or half of all beside its workspace's own. */
  reserve(request: IncomingMessage, rows: number): void;
}

interface Place {
  workspaceId?: string;
  rows: number;
}

export function createAdmission(capacity: Capacity): Admission {
  const places = new Map<IncomingMessage, Place>();
  const share = { requests: Math.ceil(capacity.requests / 2), rows: Math.ceil(capacity.rows / 2) };
  const placesOf = (workspaceId?: string) => [...places.values()].filter((place) => place.workspaceId === workspaceId);
  return {
    async admit(request, response, work) {
      if (places.size >= capacity.requests) throw overloaded();
      places.set(request, { rows: 0 });
      try {
        const closed = once(response, "close");
        const done = work();
        await Promise.race([done, closed]);
        // Who leaves before the answer is ready leaves the work behind; who leaves while it is sent ends that.
        await (response.headersSent ? closed : done);
      } finally {
        places.delete(request);
      }
    },
    identify(request, workspaceId) {
      const place = places.get(request);
      if (!place) return;
      if (placesOf(workspaceId).length >= share.requests) throw overloaded();
      place.workspaceId = workspaceId;
    },
    reserve(request, rows) {
      const place = places.get(request);
      if (!place) return;
      const fits = (beside: Place[], limit: number) => {
        const taken = sum(beside) - place.rows;
        // Alone, whatever is within its budget fits.
        return taken === 0 || taken + place.rows + rows <= limit;
      };
      if (!fits([...places.values()], capacity.rows) || !fits(placesOf(place.workspaceId), share.rows))
        throw overloaded();
      place.rows += rows;
    },
  };
}

function sum(places: Place[]): number {
  return places.reduce((total, { rows }) => total + rows, 0);
}

function overloaded(): DomainError {
  const message = "The service has as many requests as it can hold. Try again shortly.";
  return new DomainError("SERVICE_UNAVAILABLE", message, { reason: "OVERLOADED", retryAfter: 1 });
}
