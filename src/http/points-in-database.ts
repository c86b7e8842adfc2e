import type pg from "pg";
import { type Account, type Minute, mapPair, minuteMs, type Pair, type PointStore } from "./point-store.ts";

const cleanAfterMs = 300_000;

interface StoredMinute {
  key: string;
  points: number;
  expire: string;
}

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
    const values = [key.id, workspace.id, difference, key.limit, workspace.limit, ...minutes.map((one) => one.endsAt)];
    const { rows } = await pool.query<StoredMinute>(correctSql, values);
    return mapPair(accounts, ({ id }, at) => minuteOf(rows, id) ?? minutes[at]);
  };
  const present = async (accounts: Pair<Account>, nothing: Minute) => {
    const sql = `SELECT key, points, expire FROM "RateLimit" WHERE key = ANY ($1) AND expire > $2`;
    const { rows } = await pool.query<StoredMinute>(sql, [accounts.map(({ id }) => id), nothing.endsAt - minuteMs]);
    return mapPair(accounts, ({ id }) => minuteOf(rows, id) ?? nothing);
  };
  return {
    correct,
    async take(accounts, points) {
      const time = Date.now();
      const nothing = { spent: 0, endsAt: time + minuteMs };
      // The SQL would not notice a new minute that begins with too many points.
      if (accounts.some(({ limit }) => points > limit))
        return { taken: false, minutes: await present(accounts, nothing) };
      const [key, workspace] = accounts;
      const values = [key.id, workspace.id, points, key.limit, workspace.limit, time];
      const { rows } = await pool.query<StoredMinute>(takeSql, values);
      await clean(time);
      const taken = mapPair(accounts, ({ id }) => minuteOf(rows, id));
      if (taken[0] && taken[1]) return { taken: true, minutes: [taken[0], taken[1]] };
      // The other account had too few. No minute ends at 0, so nothing is given back to that account.
      if (rows.length > 0)
        await correct(
          accounts,
          -points,
          mapPair(taken, (one) => one ?? { spent: 0, endsAt: 0 }),
        );
      return { taken: false, minutes: await present(accounts, nothing) };
    },
  };
}

function minuteOf(rows: StoredMinute[], id: string): Minute | undefined {
  const row = rows.find(({ key }) => key === id);
  return row && { spent: row.points, endsAt: Number(row.expire) };
}

// Both statements lock the key's row before the workspace's, so that they cannot deadlock.
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
