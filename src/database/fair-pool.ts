import { AsyncResource } from "node:async_hooks";
import pg from "pg";
import { Pace } from "../sharing/pace.ts";
import { Turns } from "../sharing/turns.ts";
import { ConnectionShares, gateway, keys, readiness } from "./connection-shares.ts";
import { DatabaseUnavailable } from "./faults.ts";
import { currentUsage, type Usage } from "./usage.ts";

export interface FairPoolConfig extends pg.PoolConfig {
  /** The database takes one connection and no more. Workspaces take turns, but nothing is kept free. */
  single?: boolean;
}

/** Connections that one request may hold. */
const perRequest = 2;

type Release = (error?: Error | boolean) => void;
type Done = (error: Error | undefined, client: pg.PoolClient | undefined, release: Release) => void;

interface Ask {
  readonly group: string;
  readonly usage: Usage | undefined;
  readonly done: Done;
}

/**
 * A pool that is shared fairly. A workspace may hold `max` connections, but no more than half of them while another waits, and
 * workspaces that wait take turns; a request holds two at most. A request that waits for a lock keeps its connection. Three more
 * connections are for workspaces that hold few while others hold all, and one is for readiness.
 */
export class FairPool extends pg.Pool {
  readonly #shares: ConnectionShares;
  readonly #queue = new Turns<Ask>();
  readonly #pace = new Pace(Number.POSITIVE_INFINITY, () => this.#giveToThoseWhoWait());

  constructor({ single = false, max = 10, ...config }: FairPoolConfig) {
    const shares = new ConnectionShares(max, single);
    super({ ...config, max: shares.connections });
    this.#shares = shares;
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
    for (const { done } of this.#queue.clear()) done(new DatabaseUnavailable("The pool has ended"), undefined, ignore);
    return ended as Promise<void> | undefined;
  }

  #ask(done: Done): void {
    const usage = currentUsage.getStore();
    const group = groupOf(usage);
    const mayBegin = this.#shares.mayHoldMore(group, this.#most) && mayHoldMore(usage) && this.#pace.allows;
    if (this.ending || mayBegin) this.#give({ group, usage, done });
    else this.#wait({ group, usage, done: inThisContext(done) });
  }

  /** An ask that waits is refused after the connection timeout. */
  #wait({ group, usage, done }: Ask): void {
    let late = false;
    const timer = setTimeout(
      () => {
        late = true;
        this.#queue.delete(ask);
        done(new DatabaseUnavailable("No connection was free in time"), undefined, ignore);
      },
      this.options.connectionTimeoutMillis || 2 ** 31 - 1,
    ).unref();
    const ask: Ask = {
      group,
      usage,
      done(error, client, release) {
        if (late) return release();
        clearTimeout(timer);
        done(error, client, release);
      },
    };
    this.#queue.add(ask);
  }

  #give({ group, usage, done }: Ask): void {
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
