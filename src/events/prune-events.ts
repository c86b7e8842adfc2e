import type { Database } from "../database/open.ts";

const dayMs = 24 * 60 * 60 * 1000;

/** The number of events of one log that are deleted at once. */
const batchSize = 1_000;

/** The number of logs that are read at once. */
const logsAtATime = 1_000;

/** The name of the advisory lock that the pruning gateway holds. */
const lockName = "parley event retention";

/**
 * Deletes the events that are older than so many days, log by log and 1,000 at a time, unless another gateway is doing so. The rest of
 * a log keeps its numbers. Returns how many it has deleted.
 */
export async function pruneEvents(db: Database, days: number): Promise<number> {
  const before = new Date(Date.now() - days * dayMs);
  let deleted = 0;
  let last = "00000000-0000-0000-0000-000000000000";
  for (;;) {
    const logs = await db.eventLog.findMany({
      where: { workspaceId: { gt: last } },
      orderBy: { workspaceId: "asc" },
      take: logsAtATime,
      select: { workspaceId: true },
    });
    for (const { workspaceId } of logs) {
      for (;;) {
        const count = await pruneBatch(db, workspaceId, before);
        if (count === undefined) return deleted;
        deleted += count;
        if (count < batchSize) break;
      }
    }
    const end = logs.at(-1);
    if (!end) return deleted;
    last = end.workspaceId;
  }
}

/** Undefined when another gateway prunes. While the oldest event is kept, it reads no other. The end of the log moves in the same statement: a reader sees both or neither. */
async function pruneBatch(db: Database, workspaceId: string, before: Date): Promise<number | undefined> {
  const limit = before.toISOString();
  return db.$transaction(async (tx) => {
    const [lock] = await tx.$queryRaw<[{ held: boolean }]>`
      SELECT pg_try_advisory_xact_lock(hashtextextended(${lockName}, 0)) AS held`;
    if (!lock.held) return undefined;
    const [{ count }] = await tx.$queryRaw<[{ count: number }]>`
      WITH oldest AS MATERIALIZED (
        SELECT number, at FROM "Event"
        WHERE "workspaceId" = ${workspaceId}::uuid
          AND (SELECT at FROM "Event" WHERE "workspaceId" = ${workspaceId}::uuid ORDER BY number LIMIT 1) < ${limit}::timestamptz
        ORDER BY number LIMIT ${batchSize}
      ), gone AS (
        DELETE FROM "Event"
        WHERE "workspaceId" = ${workspaceId}::uuid
          AND number <= (SELECT max(number) FROM oldest WHERE at < ${limit}::timestamptz)
        RETURNING number
      ), moved AS (
        UPDATE "EventLog" SET tail = gone.last FROM (SELECT max(number) AS last FROM gone) AS gone
        WHERE "workspaceId" = ${workspaceId}::uuid AND gone.last IS NOT NULL
      )
      SELECT count(*)::int AS count FROM gone`;
    return count;
  });
}
