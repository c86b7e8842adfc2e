import type pg from "pg";

/** Whose points are counted, and how many it has in a minute. */
export interface Account {
  readonly id: string;
  readonly limit: number;
}

/** A key's account and that of its workspace. */
export type Accounts = readonly [key: Account, workspace: Account];

/** The minute that an account is in: it begins with the first point that is spent. */
export interface Minute {
  readonly spent: number;
  /** In milliseconds since 1970. It tells one minute of an account from another. */
  readonly endsAt: number;
}

export type Minutes = readonly [key: Minute, workspace: Minute];

export interface PointStore {
  /** Takes the points from both accounts when both have as many left, and from none otherwise. */
  take(accounts: Accounts, points: number): Promise<{ taken: boolean; minutes: Minutes }>;
  /** Takes so many more, or fewer, in the minutes given: never more than there are, and nothing in a minute that is over. */
  correct(accounts: Accounts, difference: number, minutes: Minutes): Promise<Minutes>;
}

const minuteMs = 60_000;

/** Points that are counted in the memory of this process. */
export function pointsInMemory(now: () => number = Date.now): PointStore {
  const minutes = new Map<string, { spent: number; endsAt: number }>();
  let cleanedAt = now();
  const clean = (time: number) => {
    if (time < cleanedAt + minuteMs) return;
    cleanedAt = time;
    for (const [id, { endsAt }] of minutes) if (endsAt <= time) minutes.delete(id);
  };
  const current = ({ id }: Account, time: number) => {
    const known = minutes.get(id);
    return known && known.endsAt > time ? known : { spent: 0, endsAt: time + minuteMs };
  };
  return {
    async take(accounts, points) {
      const time = now();
      clean(time);
      const [key, workspace] = accounts;
      const found = [current(key, time), current(workspace, time)] as const;
      const taken = accounts.every(({ limit }, i) => found[i as 0].spent + points <= limit);
      if (taken) {
        for (const [i, { id }] of accounts.entries()) {
          found[i as 0].spent += points;
          minutes.set(id, found[i as 0]);
        }
      }
      return { taken, minutes: [{ ...found[0] }, { ...found[1] }] };
    },
    async correct(accounts, difference, given) {
      const corrected = accounts.map(({ id, limit }, i) => {
        const minute = minutes.get(id);
        if (minute?.endsAt === given[i as 0].endsAt) minute.spent = correctedBy(minute.spent, difference, limit);
        return { ...(minute ?? given[i as 0]) };
      });
      return corrected as unknown as Minutes;
    },
  };
}

function correctedBy(spent: number, difference: number, limit: number): number {
  return Math.min(Math.max(spent + difference, 0), Math.max(spent, limit));
}

const cleanAfterMs = 300_000;

/** Points that all gateways on a database count together. */
export function pointsInDatabase(pool: pg.Pool): PointStore {
  let cleanedAt = Date.now();
  const clean = async (time: number) => {
    if (time < cleanedAt + cleanAfterMs) return;
    cleanedAt = time;
    await pool.query(`DELETE FROM "RateLimit" WHERE expire < $1`, [time - cleanAfterMs]);
  };
  const correct: PointStore["correct"] = async (accounts, difference, minutes) => {
    const [key, workspace] = accounts;
    const values = [key.id, workspace.id, difference, key.limit, workspace.limit];
    const { rows } = await pool.query<StoredMinute>(correctSql, [...values, ...minutes.map(({ endsAt }) => endsAt)]);
    return minutesOf(accounts, rows, minutes);
  };
  return {
    correct,
    async take(accounts, points) {
      const time = Date.now();
      const [key, workspace] = accounts;
      const values = [key.id, workspace.id, points, key.limit, workspace.limit, time];
      // A minute that begins with too many would not be noticed.
      const possible = accounts.every(({ limit }) => points <= limit);
      const { rows } = possible ? await pool.query<StoredMinute>(takeSql, values) : { rows: [] };
      await clean(time);
      const nothing = { spent: 0, endsAt: time + minuteMs };
      if (rows.length === accounts.length) {
        return { taken: true, minutes: minutesOf(accounts, rows, [nothing, nothing]) };
      }
      const present = await pool.query<StoredMinute>(
        `SELECT key, points, expire FROM "RateLimit" WHERE key = ANY ($1)`,
        [[key.id, workspace.id]],
      );
      const minutes = minutesOf(accounts, present.rows, [nothing, nothing]);
      const [one] = rows;
      if (!one) return { taken: false, minutes };
      // The other had too few. No account has a minute that ends at 0.
      const onlyOne = minutesOf(accounts, rows, [noMinute, noMinute]);
      const givenBack = await correct(accounts, -points, onlyOne);
      return { taken: false, minutes: one.key === key.id ? [givenBack[0], minutes[1]] : [minutes[0], givenBack[1]] };
    },
  };
}

const noMinute: Minute = { spent: 0, endsAt: 0 };

interface StoredMinute {
  key: string;
  points: number;
  expire: string;
}

function minutesOf(accounts: Accounts, rows: StoredMinute[], otherwise: Minutes): Minutes {
  const found = accounts.map(({ id }, i) => {
    const row = rows.find(({ key }) => key === id);
    return row ? { spent: row.points, endsAt: Number(row.expire) } : otherwise[i as 0];
  });
  return found as unknown as Minutes;
}

// Both lock the key's row before its workspace's, so that no two of them wait for each other.
const takeSql = `
  INSERT INTO "RateLimit" AS r (key, points, expire)
  VALUES ($1, $3::int, $6::bigint + ${minuteMs}), ($2, $3::int, $6::bigint + ${minuteMs})
  ON CONFLICT (key) DO UPDATE SET
    points = CASE WHEN r.expire <= $6 THEN excluded.points ELSE r.points + excluded.points END,
    expire = CASE WHEN r.expire <= $6 THEN excluded.expire ELSE r.expire END
  WHERE r.expire <= $6 OR r.points + excluded.points <= CASE excluded.key WHEN $1 THEN $4::int ELSE $5::int END
  RETURNING key, points, expire`;

const correctSql = `
  WITH locked AS (SELECT key FROM "RateLimit" WHERE key IN ($1, $2) ORDER BY key = $2 FOR UPDATE)
  UPDATE "RateLimit" AS r SET points =
    least(greatest(r.points + $3::int, 0), greatest(r.points, CASE r.key WHEN $1 THEN $4::int ELSE $5::int END))
  FROM locked WHERE r.key = locked.key AND r.expire = CASE r.key WHEN $1 THEN $6::bigint ELSE $7::bigint END
  RETURNING r.key, r.points, r.expire`;
