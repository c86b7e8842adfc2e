import type pg from "pg";

/** The configuration of a connection that belongs to no pool and leads to the same database. A pool hides its password from a copy of its options. */
export function ownConnection({ options }: pg.Pool): pg.ClientConfig {
  return { ...options, password: options.password };
}
