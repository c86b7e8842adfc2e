import { setTimeout as after } from "node:timers/promises";
import type pg from "pg";
import type { Config } from "../config.ts";
import { parseDatabaseUrl } from "./database-url.ts";
import type { FairPool } from "./fair-pool.ts";
import { connect, type Database, limitsOf, type OpenDatabase } from "./open.ts";
import { explain } from "./require-server.ts";
import { beginUsage, currentUsage } from "./usage.ts";

const checkMs = 250;

/** A replica that does not answer a check for so long is left out until it answers. */
const patienceMs = 1_000;

/** The number of samples that are kept: enough for the longest staleness that a request may allow. */
const maxSamples = 1_300;

/**
 * A server's position in the write-ahead log: the end of what the primary has flushed, or of what a standby has replayed. The positions of
 * two servers can be compared if both are of one cluster. A standby has the identifier of its primary's cluster.
 */
const askPosition = `SELECT concat_ws(' ', system_identifier, current_database(), current_setting('search_path')) AS origin,
  pg_is_in_recovery() AS standby,
  (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_flush_lsn() END - '0/0')::text AS position
  FROM pg_control_system()`;

interface Position {
  /** The cluster, the database and the schemas whose tables a query reads. */
  origin: string;
  standby: boolean;
  position: string;
}

/** The primary had written up to `position` at the moment `at` (`performance.now()`), or before. */
interface Sample {
  at: number;
  position: bigint;
}

interface Replica {
  readonly db: Database;
  /** The replica has everything that was committed so many milliseconds ago. */
  readonly stalenessMs: number;
}

type ReplicasConfig = Pick<Config, "replicaUrls" | "poolSize"> & Partial<Pick<Config, "maxWaitSeconds">>;

/** The standbys of the primary, with a bound for how far each is behind it. The bound depends on no clock but that of this process. */
export class Replicas {
  readonly #samples: Sample[] = [];
  readonly #replicas: Standby[];
  readonly #closing = new AbortController();
  #origin: string | undefined;
  #next = 0;

  /** Throws ConfigError if a URL has a wrong parameter. A standby that is away is used as soon as it answers. */
  constructor(primary: pg.Pool, config: ReplicasConfig, log: (error: Error) => void) {
    for (const url of config.replicaUrls) parseDatabaseUrl(url, "DATABASE_REPLICA_URL");
    const limits = limitsOf(config);
    this.#replicas = config.replicaUrls.map(
      (url) => new Standby(connect({ connectionString: url, ...limits }, { log: ignore }), log),
    );
    this.#repeat(() => this.#sample(primary));
    for (const replica of this.#replicas) this.#repeat(() => replica.check(this.#samples, this.#origin));
  }

  get pools(): FairPool[] {
    return this.#replicas.map(({ pool }) => pool);
  }

  /** A replica that is at most so many milliseconds behind the primary; undefined if there is none. Replicas take turns. */
  pick(maxStalenessMs: number): Replica | undefined {
    const all = this.#replicas.map(({ db, stalenessMs }) => ({ db, stalenessMs }));
    const fresh = all.filter(({ stalenessMs }) => stalenessMs <= maxStalenessMs);
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

  /**
   * After a failover, the primary's URL may lead to a standby or to another cluster. Such a server says nothing about how far the replicas
   * are behind.
   */
  async #sample(primary: pg.Pool): Promise<void> {
    const at = performance.now();
    const { origin, standby, position } = await positionOf(primary);
    if (standby) return;
    if (origin !== this.#origin) this.#samples.length = 0;
    this.#origin = origin;
    this.#samples.push({ at, position: BigInt(position) });
    if (this.#samples.length > maxSamples) this.#samples.shift();
  }
}

class Standby implements Replica {
  readonly #opened: Pick<OpenDatabase, "db" | "pool" | "close">;
  readonly #log: (error: Error) => void;
  #freshAt = Number.NEGATIVE_INFINITY;
  /** The time of the check that has no answer yet. */
  #askedAt = Number.POSITIVE_INFINITY;
  #problem: string | undefined;

  constructor(opened: Pick<OpenDatabase, "db" | "pool" | "close">, log: (error: Error) => void) {
    this.#opened = opened;
    this.#log = log;
  }

  get db(): Database {
    return this.#opened.db;
  }

  get pool(): FairPool {
    return this.#opened.pool;
  }

  /** Infinite while it is not known. */
  get stalenessMs(): number {
    const now = performance.now();
    return now - this.#askedAt > patienceMs ? Number.POSITIVE_INFINITY : now - this.#freshAt;
  }

  /** The replica has replayed the position of the last sample, so it has everything that the primary had written then. */
  async check(samples: readonly Sample[], origin: string | undefined): Promise<void> {
    this.#askedAt = performance.now();
    try {
      const own = await positionOf(this.pool);
      if (origin === undefined) return;
      if (!own.standby) return this.#leaveOut("it is no standby");
      if (own.origin !== origin) return this.#leaveOut("it has another database or schema than the primary");
      const passed = samples.findLast(({ position }) => position <= BigInt(own.position));
      if (passed) this.#freshAt = passed.at;
      this.#problem = undefined;
    } catch (error) {
      this.#leaveOut(explain(error), error);
    } finally {
      this.#askedAt = Number.POSITIVE_INFINITY;
    }
  }

  close(): Promise<void> {
    return this.#opened.close();
  }

  /** Logs each problem once. */
  #leaveOut(problem: string, cause?: unknown): void {
    this.#freshAt = Number.NEGATIVE_INFINITY;
    if (problem === this.#problem) return;
    this.#problem = problem;
    this.#log(new Error(`A replica is not used: ${problem}`, { cause }));
  }
}

/** Uses the connection that is kept for readiness. A check that waited behind requests would make every replica look stale. */
async function positionOf(pool: pg.Pool): Promise<Position> {
  const { rows } = await currentUsage.run({ ...beginUsage(), readiness: true }, () =>
    pool.query<Position>(askPosition),
  );
  return rows[0] as Position;
}

function ignore(): void {}
