import { overloaded } from "./overloaded.ts";
import { Pace } from "./pace.ts";
import { Turns } from "./turns.ts";

export interface FairQueueOptions {
  /** The amount that is shared. A group may have all of it while no other waits, and half of it otherwise. */
  capacity: number;
  /** An amount on top, for groups that have little while others have everything. */
  kept?: number;
  /** How many may wait. Beyond that, the queue refuses the last one of the group with the most waiters. */
  maxWaiting: number;
  /** The time for which one may wait, in milliseconds. */
  waitMs: number;
  /** How many may begin in one turn of the event loop. It is one while several groups are active. Absent: all. */
  pace?: number;
}

/** A share of the capacity, which is given now or later. */
export interface Share {
  /** Rejects with SERVICE_UNAVAILABLE when the queue is full or the wait too long. */
  readonly granted: Promise<void>;
  /** Leaves the queue, unless it is granted. */
  leave(): void;
  /** Leaves the queue, or gives back what was granted. Only the first call counts. */
  release(): void;
}

interface Waiter {
  readonly group: string;
  readonly amount: number;
  grant(): void;
  refuse(): void;
}

/** A limited amount that groups share by turns. If nothing is left, a group waits, within the limits of the options. */
export class FairQueue {
  readonly #options: FairQueueOptions & { kept: number };
  readonly #held = new Map<string, number>();
  readonly #queue = new Turns<Waiter>();
  readonly #pace?: Pace;
  #total = 0;

  constructor(options: FairQueueOptions) {
    this.#options = { kept: 0, ...options };
    if (options.pace) this.#pace = new Pace(options.pace, () => this.#next());
  }

  get waiting(): number {
    return this.#queue.size;
  }

  /** Takes this much if it is there now. */
  takeNow(group: string, amount: number): boolean {
    if (!this.#fits(group, amount, this.#options.capacity)) return false;
    this.#count(group, amount);
    return true;
  }

  giveBack(group: string, amount: number): void {
    this.#count(group, -amount);
    this.#next();
  }

  /** Takes this much, now or when it is this group's turn. */
  take(group: string, amount = 1): Share {
    const isNext = this.#queue.size === 0 && this.#allows && this.#fits(group, amount, this.#options.capacity);
    return isNext ? this.#give(group, amount) : this.#wait(group, amount);
  }

  #give(group: string, amount: number): Share {
    let held = true;
    this.#pace?.begin(group);
    this.#count(group, amount);
    const release = () => {
      if (held) this.giveBack(group, amount);
      held = false;
    };
    return { granted: atOnce, leave: ignore, release };
  }

  #wait(group: string, amount: number): Share {
    let share: Share | undefined;
    const { promise: granted, resolve, reject } = deferred();
    const waiter: Waiter = {
      group,
      amount,
      grant: () => {
        clearTimeout(timer);
        share = this.#give(group, amount);
        resolve();
      },
      refuse() {
        clearTimeout(timer);
        reject(overloaded());
      },
    };
    const leave = () => {
      if (this.#queue.delete(waiter)) waiter.refuse();
    };
    const release = () => {
      leave();
      share?.release();
    };
    const timer = setTimeout(leave, this.#options.waitMs).unref();
    this.#queue.add(waiter);
    this.#next();
    if (!share && this.#queue.size > this.#maxWaiting) this.#queue.takeLastOfLongest()?.refuse();
    return { granted, leave, release };
  }

  /** Whether the pace lets another one begin now. */
  get #allows(): boolean {
    return this.#pace?.allows ?? true;
  }

  /** While capacity is left, those who wait wait only for the pace, and do not count. */
  get #maxWaiting(): number {
    const { capacity, maxWaiting } = this.#options;
    return maxWaiting + (this.#pace ? Math.max(0, capacity - this.#total) : 0);
  }

  #next(): void {
    const { capacity } = this.#options;
    while (this.#queue.size > 0 && this.#allows) {
      const waiter = this.#nextBelow(Math.ceil(capacity / 2)) ?? this.#nextBelow(capacity);
      if (!waiter) return;
      waiter.grant();
    }
  }

  #nextBelow(limit: number): Waiter | undefined {
    return this.#queue.take((group, { amount }) => this.#fits(group, amount, limit));
  }

  #fits(group: string, amount: number, limit: number): boolean {
    // If nobody else has anything, any amount is granted.
    if (this.#total === 0) return true;
    const { capacity, kept } = this.#options;
    const wanted = (this.#held.get(group) ?? 0) + amount;
    if (wanted > limit) return false;
    if (this.#total + amount <= capacity) return true;
    const left = capacity + kept - this.#total;
    return amount <= left && wanted <= Math.min(left, Math.ceil(capacity / 2));
  }

  #count(group: string, change: number): void {
    this.#total += change;
    const held = (this.#held.get(group) ?? 0) + change;
    if (held > 0) this.#held.set(group, held);
    else this.#held.delete(group);
  }
}

const atOnce = Promise.resolve();

function ignore(): void {}

function deferred() {
  let resolve = () => {};
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<void>((onGranted, onRefused) => {
    resolve = onGranted;
    reject = onRefused;
  });
  // A waiter that has left does not handle the refusal.
  promise.catch(() => {});
  return { promise, resolve, reject };
}
