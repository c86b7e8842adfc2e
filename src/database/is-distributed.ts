const spread = new WeakSet<object>();

/** Notes that this client reaches tables that Citus spreads. The first connection finds that out. */
export function noteDistributed(db: object): void {
  spread.add(db);
}

/**
 * Whether Citus spreads the tables that this client reaches. There, a statement that inserts into several tables goes to all workers and
 * commits in two phases, although its rows belong to one worker. A transaction with one statement for each table stays on one worker.
 */
export function isDistributed(db: object): boolean {
  return spread.has(db);
}
