import type pg from "pg";

/** How a connection is made that belongs to no pool, to where the pool's go. A pool hides its password from those who copy its options. */
export function ownConnection({ options }: pg.Pool): pg.ClientConfig {
  return { ...options, password: options.password };
}
