import type { IncomingMessage, ServerResponse } from "node:http";
import { defaults } from "../config.ts";
import { FairQueue } from "../sharing/fair-queue.ts";
import { Backlog } from "./backlog.ts";
import { onHead } from "./on-head.ts";
import { Reservation, type Shared } from "./reservation.ts";

/** The most that this process works on at the same time. */
export interface Capacity {
  requests: number;
  /** Rows, counted by the prices of the operations. */
  rows: number;
  /** Requests that may wait for a place. */
  waiting: number;
  /** The time for which a request may wait, in milliseconds. */
  waitMs: number;
  /** Bytes of the bodies that are read or wait for a place. */
  bodyBytes: number;
  /** Bytes of the answers that their clients have not taken yet. */
  answerBytes: number;
}

export const defaultCapacity: Omit<Capacity, "rows"> = {
  requests: defaults.maxConcurrentRequests,
  waiting: defaults.maxWaitingRequests,
  waitMs: defaults.maxWaitSeconds * 1_000,
  bodyBytes: 64 * 2 ** 20,
  answerBytes: 128 * 2 ** 20,
};

export interface Admission {
  /** Runs the work of a request. Its place, rows and bytes are given back when its answer is ready, or when the work is done. */
  admit(request: IncomingMessage, response: ServerResponse, work: () => unknown): Promise<void>;
  /** Notes the workspace of a request. */
  identify(request: IncomingMessage, workspaceId: string): void;
  /**
   * Reads the body of a request. `read` reports the bytes as they come. Throws SERVICE_UNAVAILABLE if all bodies together are too large.
   */
  read(request: IncomingMessage, read: (receive: (bytes: number) => void) => Promise<Buffer>): Promise<Buffer>;
  /** Waits for a place. Throws SERVICE_UNAVAILABLE if too many requests wait, or if this one has waited too long. */
  enter(request: IncomingMessage): Promise<void>;
  /** Waits until these rows fit beside the rows that other requests have reserved. Throws the same errors as `enter`. */
  reserve(request: IncomingMessage, rows: number): Promise<void>;
  /**
   * Waits until a batch of a stream may be read, and its rows fit. Returns a function that gives both back. Throws if the signal is
   * aborted, and the errors of `reserve`.
   */
  enterBatch(workspaceId: string, rows: number, signal: AbortSignal): Promise<() => void>;
}

/**
 * A request takes a place when its body has been read, and gives it back when its answer is ready. So a client that sends or reads slowly
 * holds no place. Workspaces share the places and rows. A request that finds none waits. Bodies are bounded by their bytes.
 */
export function createAdmission(capacity: Capacity): Admission {
  const shared = sharedBy(capacity);
  const batches = queueOfBatches(capacity);
  const reservations = new WeakMap<IncomingMessage, Reservation>();
  const reservationOf = (request: IncomingMessage) => reservations.get(request) ?? new Reservation(shared);
  return {
    async admit(request, response, work) {
      const reservation = new Reservation(shared);
      reservations.set(request, reservation);
      const end = () => reservation.end();
      onHead(response, end);
      response.once("close", () => reservation.leave());
      try {
        await work();
      } finally {
        end();
      }
    },
    identify(request, workspaceId) {
      reservationOf(request).group = workspaceId;
    },
    read: (request, read) => reservationOf(request).read(read),
    enter: (request) => reservationOf(request).enter(),
    reserve: (request, rows) => reservationOf(request).reserve(rows),
    async enterBatch(workspaceId, rows, signal) {
      const reservation = new Reservation({ ...shared, places: batches });
      reservation.group = workspaceId;
      const leave = () => reservation.leave();
      signal.addEventListener("abort", leave);
      try {
        await reservation.enter();
        signal.throwIfAborted();
        await reservation.reserve(rows);
        return () => reservation.end();
      } catch (error) {
        reservation.end();
        throw error;
      } finally {
        signal.removeEventListener("abort", leave);
      }
    },
  };
}

function sharedBy({ requests, rows, waiting: maxWaiting, waitMs, bodyBytes }: Capacity): Shared {
  const bounds = { maxWaiting, waitMs };
  return {
    places: new FairQueue({ capacity: requests, kept: Math.ceil(requests / 10), pace: 4, ...bounds }),
    rows: new FairQueue({ capacity: rows, kept: rows / 4, ...bounds }),
    bodies: new Backlog(bodyBytes),
  };
}

/**
 * A commit wakes all streams of its workspace at once. Therefore batches wait in a queue of their own, for any time, and never in front of
 * requests.
 */
function queueOfBatches({ requests }: Capacity): FairQueue {
  return new FairQueue({
    capacity: Math.ceil(requests / 10),
    maxWaiting: Number.MAX_SAFE_INTEGER,
    waitMs: 2 ** 31 - 1,
  });
}
