const spread = new WeakSet<object>();

/** Notes that Citus spreads the tables which this client reaches. Its first connection finds that out. */
export function noteDistributed(db: object): void {
  spread.add(db);
}

/**
 * Whether the tables of this client are spread by Citus. There, a statement that inserts into several tables goes to all workers, and
 * commits in two phases, although its rows belong to one: a transaction with a statement for each table stays on one worker.
 */
export function isDistributed(db: object): boolean {
  return spread.has(db);
}
