import { setTimeout as after } from "node:timers/promises";
import type pg from "pg";
import { parseDatabaseUrl } from "./database-url.ts";
import { connect, type Database, type OpenDatabase } from "./open.ts";
import { beginUsage, currentUsage } from "./usage.ts";

const checkMs = 250;

/** Samples of the primary's position that are kept: those of the longest staleness that a request may allow, and some more. */
const maxSamples = 1_300;

/**
 * Where a server stands in the write-ahead log: the primary where its commits end, a standby up to where they are replayed. Both are
 * positions in the log of one cluster, whose identifier a standby has from its primary.
 */
const askPosition = `SELECT system_identifier || ' ' || current_database() AS origin, pg_is_in_recovery() AS standby,
  (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_flush_lsn() END - '0/0')::text AS position
  FROM pg_control_system()`;

interface Position {
  origin: string;
  standby: boolean;
  position: string;
}

/** The primary had written up to `position` at the moment `at` (`performance.now()`), or before. */
interface Sample {
  at: number;
  position: bigint;
}

export interface Replica {
  readonly db: Database;
  /** Milliseconds: it has everything that was committed so long ago, and perhaps more. */
  staleness(): number;
  /** Leaves it out until it answers again. */
  giveUp(): void;
}

/** Standbys of the primary, and how far behind it each is known to be. No clock but this process's counts. */
export class Replicas {
  readonly #samples: Sample[] = [];
  readonly #replicas: Standby[];
  readonly #closing = new AbortController();
  #origin: string | undefined;
  #next = 0;

  /** Throws ConfigError when a URL has a wrong parameter. A standby that is away is used as soon as it is there. */
  constructor(
    primary: pg.Pool,
    { urls, poolSize }: { urls: readonly string[]; poolSize: number },
    log: (error: Error) => void,
  ) {
    for (const url of urls) parseDatabaseUrl(url, "DATABASE_REPLICA_URL");
    this.#replicas = urls.map(
      (url) => new Standby(connect({ connectionString: url, max: poolSize }, { log: ignore }), log),
    );
    this.#repeat(() => this.#sample(primary));
    for (const replica of this.#replicas) this.#repeat(() => replica.check(this.#samples, this.#origin));
  }

  /** One that is known to be at most so many milliseconds behind the primary, by turns; undefined when there is none. */
  pick(maxStalenessMs: number): Replica | undefined {
    const fresh = this.#replicas.filter((replica) => replica.staleness() <= maxStalenessMs);
    return fresh[this.#next++ % fresh.length];
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#replicas.map((replica) => replica.close()));
  }

  async #repeat(work: () => Promise<void>): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await work().catch(ignore);
      await after(checkMs, undefined, { signal, ref: false }).catch(ignore);
    }
  }

  async #sample(primary: pg.Pool): Promise<void> {
    const at = performance.now();
    const { origin, position } = await positionOf(primary);
    this.#origin = origin;
    this.#samples.push({ at, position: BigInt(position) });
    if (this.#samples.length > maxSamples) this.#samples.shift();
  }
}

class Standby implements Replica {
  readonly #opened: Pick<OpenDatabase, "db" | "pool" | "close">;
  readonly #log: (error: Error) => void;
  #freshAt = Number.NEGATIVE_INFINITY;
  #problem: string | undefined;

  constructor(opened: Pick<OpenDatabase, "db" | "pool" | "close">, log: (error: Error) => void) {
    this.#opened = opened;
    this.#log = log;
  }

  get db(): Database {
    return this.#opened.db;
  }

  staleness(): number {
    return performance.now() - this.#freshAt;
  }

  giveUp(): void {
    this.#freshAt = Number.NEGATIVE_INFINITY;
  }

  /** It has what the primary had at the last sample that it has passed. */
  async check(samples: readonly Sample[], origin: string | undefined): Promise<void> {
    try {
      const own = await positionOf(this.#opened.pool);
      if (origin === undefined) return;
      if (!own.standby) return this.#leaveOut("it is no standby");
      if (own.origin !== origin) return this.#leaveOut("it has another database than the primary");
      const passed = samples.findLast(({ position }) => position <= BigInt(own.position));
      if (passed) this.#freshAt = passed.at;
      this.#problem = undefined;
    } catch (error) {
      this.#leaveOut((error as Error).message);
    }
  }

  close(): Promise<void> {
    return this.#opened.close();
  }

  /** The operator is told once of each problem. */
  #leaveOut(problem: string): void {
    this.giveUp();
    if (problem === this.#problem) return;
    this.#problem = problem;
    this.#log(new Error(`A replica is not used: ${problem}`));
  }
}

/** With the connection that is kept for readiness: a check that waits behind requests would take every replica for stale. */
async function positionOf(pool: pg.Pool): Promise<Position> {
  const { rows } = await currentUsage.run({ ...beginUsage(), readiness: true }, () =>
    pool.query<Position>(askPosition),
  );
  return rows[0] as Position;
}

function ignore(): void {}
