import { AsyncResource } from "node:async_hooks";
import pg from "pg";
import { defaults } from "../config.ts";
import { Pace } from "../sharing/pace.ts";
import { Turns } from "../sharing/turns.ts";
import { ConnectionShares, gateway, keys, readiness } from "./connection-shares.ts";
import { ClientHasLeft, DatabaseUnavailable } from "./unavailable.ts";
import { currentUsage, type Usage } from "./usage.ts";

export interface FairPoolConfig extends pg.PoolConfig {
  /** The database takes one connection and no more. Workspaces take turns, but nothing is kept free. */
  single?: boolean;
  /** How long a request may wait for its turn, in milliseconds. */
  waitMs?: number;
}

const defaultWaitMs = defaults.maxWaitSeconds * 1_000;

/** Connections that one request may hold. */
const perRequest = 2;

type Release = (error?: Error | boolean) => void;
type Done = (error: Error | undefined, client: pg.PoolClient | undefined, release: Release) => void;

interface Ask {
  readonly group: string;
  readonly usage: Usage | undefined;
  readonly done: Done;
  /** Is called when the wait has ended. */
  readonly stopWaiting?: () => void;
}

/**
 * A pool that is shared fairly. A workspace may hold `max` connections, but no more than half of them while another waits, and
 * workspaces that wait take turns; a request holds two at most. A request that waits for a lock keeps its connection. Three more
 * connections are for workspaces that hold few while others hold all, and one is for readiness.
 */
export class FairPool extends pg.Pool {
  /** How long a request may wait for its turn, in milliseconds. */
  readonly waitMs: number;
  readonly #shares: ConnectionShares;
  readonly #queue = new Turns<Ask>();
  readonly #pace = new Pace(Number.POSITIVE_INFINITY, () => this.#giveToThoseWhoWait());

  constructor({ single = false, max = 10, waitMs = defaultWaitMs, ...config }: FairPoolConfig) {
    const shares = new ConnectionShares(max, single);
    super({ ...config, max: shares.connections });
    this.#shares = shares;
    this.waitMs = waitMs;
  }

  /** The number of requests that wait for a connection. */
  get queued(): number {
    return this.#queue.size;
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(callback: Done): void;
  override connect(callback?: Done): Promise<pg.PoolClient> | undefined {
    if (callback) return void this.#ask(callback);
    return new Promise((resolve, reject) => {
      this.#ask((error, client) => (client ? resolve(client) : reject(error)));
    });
  }

  override end(): Promise<void>;
  override end(callback: () => void): void;
  override end(callback?: () => void): Promise<void> | undefined {
    const ended = callback ? void super.end(callback) : super.end();
    for (const ask of this.#queue.clear()) refuse(ask, new DatabaseUnavailable("The pool has ended"));
    return ended as Promise<void> | undefined;
  }

  #ask(done: Done): void {
    const usage = currentUsage.getStore();
    const group = groupOf(usage);
    const mayBegin = this.#shares.mayHoldMore(group, this.#most) && mayHoldMore(usage) && this.#pace.allows;
    if (this.ending || mayBegin) this.#give({ group, usage, done });
    else this.#wait({ group, usage, done: inThisContext(done) });
  }

  #wait({ group, usage, done }: Ask): void {
    const leaving = usage?.leaving?.();
    const giveUp = (error: Error) => {
      this.#queue.delete(ask);
      refuse(ask, error);
    };
    const leave = () => giveUp(new ClientHasLeft());
    const late = () => giveUp(new DatabaseUnavailable("No connection was free in time"));
    const timer = setTimeout(late, this.waitMs).unref();
    const stopWaiting = () => {
      clearTimeout(timer);
      leaving?.removeEventListener("abort", leave);
    };
    const ask: Ask = { group, usage, done, stopWaiting };
    this.#queue.add(ask);
    if (leaving?.aborted) leave();
    else leaving?.addEventListener("abort", leave);
  }

  #give({ group, usage, done, stopWaiting }: Ask): void {
    stopWaiting?.();
    this.#pace.begin(group);
    this.#count(group, usage, 1);
    const startedAt = performance.now();
    const giveBack = () => {
      const milliseconds = performance.now() - startedAt;
      if (usage) usage.milliseconds += milliseconds;
      this.#queue.charge(group, milliseconds);
      this.#count(group, usage, -1);
      this.#giveToThoseWhoWait();
    };
    const begin: Done = (error, client) => {
      if (!client) {
        done(error, undefined, ignore);
        return giveBack();
      }
      const { release } = client;
      client.release = (fault) => {
        release(fault);
        giveBack();
      };
      done(undefined, client, client.release);
    };
    super.connect(inThisContext(begin));
  }

  #count(group: string, usage: Usage | undefined, change: 1 | -1): void {
    if (usage) usage.connections += change;
    this.#shares.count(group, change);
  }

  /** Serves workspaces that hold less than half first, and then those that hold more. */
  #giveToThoseWhoWait(): void {
    const next = (limit: number) =>
      this.#queue.take(
        (group) => this.#shares.mayHoldMore(group, limit),
        ({ usage }) => mayHoldMore(usage),
      );
    while (this.#pace.allows) {
      const ask = next(this.#shares.half) ?? next(this.#most);
      if (!ask) return;
      this.#give(ask);
    }
  }

  /** A workspace that has just been served asks again in a moment, so the others are given half until then. */
  get #most(): number {
    return this.#pace.isShared ? this.#shares.half : this.#shares.size;
  }
}

function refuse({ done, stopWaiting }: Ask, error: Error): void {
  stopWaiting?.();
  done(error, undefined, ignore);
}

function mayHoldMore(usage: Usage | undefined): boolean {
  return usage === undefined || usage.connections < perRequest;
}

function groupOf(usage: Usage | undefined): string {
  if (!usage) return gateway;
  return usage.workspaceId ?? (usage.readiness ? readiness : keys);
}

/**
 * Does what AsyncResource.bind() does, at a fraction of its cost. Without it, the callback would run in the async context of the
 * request that gave the connection back.
 */
function inThisContext(callback: Done): Done {
  const context = new AsyncResource("connection");
  return (...results) => context.runInAsyncScope(callback, undefined, ...results);
}

function ignore(): void {}
