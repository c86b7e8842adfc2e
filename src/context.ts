import type { Caller } from "./caller.ts";
import type { Database } from "./database/open.ts";

/** What every operation and resolver gets: one per request. */
export interface Context {
  readonly db: Database;
  readonly caller: Caller;
}

const caches: WeakMap<Context, unknown>[] = [];

/** One `create(context)` a request, made on first use: how DataLoaders are shared between the resolvers of a request. */
export function perRequest<T>(create: (context: Context) => T): (context: Context) => T {
  const made = new WeakMap<Context, T>();
  caches.push(made);
  return (context) => {
    let value = made.get(context);
    if (value === undefined) {
      value = create(context);
      made.set(context, value);
    }
    return value;
  };
}

/** Makes the rest of the request read anew: what it read before a write is no longer so. */
export function forgetReads(context: Context): void {
  for (const made of caches) made.delete(context);
}
