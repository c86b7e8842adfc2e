import type { Database } from "./open.ts";

/** A client whose queries all fail with this error. */
export function failing(error: unknown): Database {
  return new Proxy(() => {}, {
    get: () => failing(error),
    apply: () => Promise.reject(error),
  }) as unknown as Database;
}
