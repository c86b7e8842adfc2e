import type { Caller } from "./caller.ts";
import type { Database } from "./database/open.ts";

/** Everything that operations and resolvers get. Each request has its own, and each batch of a stream. */
export interface Context {
  readonly db: Database;
  readonly caller: Caller;
  readonly loaders: Loaders;
  /** Absent: nobody follows what is committed. */
  readonly commits?: Commits;
  /** A stream has one: it is aborted when the stream has to end. */
  readonly signal?: AbortSignal;
}

/** Passes on that something was committed to those who wait for it. */
export interface Commits {
  /** Says that something of the workspace may have been committed. */
  tell(workspaceId: string): void;
  /** Keeps up with the log of a workspace until it is ended. */
  follow(workspaceId: string): LogFollower;
}

export interface LogFollower {
  /** Waits until the log has an event behind this number; false after `ms` milliseconds without one, or when the signal is aborted. */
  waitBeyond(number: bigint, ms: number, signal?: AbortSignal): Promise<boolean>;
  end(): void;
}

type Make<Loader> = (context: Context) => Loader;

/** The loaders of one request, each made on first use. */
export class Loaders {
  readonly #made = new Map<Make<unknown>, unknown>();

  get<Loader>(make: Make<Loader>, context: Context): Loader {
    const loader = (this.#made.get(make) as Loader | undefined) ?? make(context);
    this.#made.set(make, loader);
    return loader;
  }

  /** A write calls this: the rest of its request reads again what was read before. */
  forget(): void {
    this.#made.clear();
  }
}

/** How a module declares a loader: all resolvers of a request share the one that `make` makes. */
export function perRequest<Loader>(make: Make<Loader>): Make<Loader> {
  return (context) => context.loaders.get(make, context);
}
