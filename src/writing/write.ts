import { setTimeout as wait } from "node:timers/promises";
import { Prisma } from "../../prisma/generated/client/client.ts";
import type { Caller } from "../caller.ts";
import type { Context } from "../context.ts";
import { sqlStateOf, sqlStates } from "../database/sql-state.ts";
import { DomainError } from "../errors.ts";
import { refusalOf } from "./refusals.ts";

const { sql } = Prisma;

/** A client inside a transaction. */
export type Tx = Prisma.TransactionClient;

/** Thrown in a write that lost a race it can see itself: the write is repeated. */
export class Raced extends Error {
  override readonly name = "Raced";
}

const maxAttempts = 10;

/** The states after which a write is repeated: another transaction was faster, and this one is rolled back. */
const raceStates = new Set<string>([
  sqlStates.uniqueViolation,
  sqlStates.foreignKeyViolation,
  sqlStates.serializationFailure,
  sqlStates.deadlock,
]);

/**
 * Runs a write that is all or nothing. A lost race repeats it as a whole, at most 10 times, then SERVICE_UNAVAILABLE; what the
 * database refuses becomes the error of the contract. What the request read before is forgotten, and those who follow are told.
 */
export async function write<T>(context: Context, run: (db: Context["db"]) => Promise<T>): Promise<T> {
  context.loaders.forget();
  for (let attempt = 1; ; attempt++) {
    try {
      const done = await run(context.db);
      context.commits?.tell(context.caller.workspaceId);
      return done;
    } catch (error) {
      if (!isRace(error)) throw refusalOf(error) ?? error;
      if (attempt === maxAttempts) {
        const message = "Too many requests change the same records. Try again.";
        throw new DomainError("SERVICE_UNAVAILABLE", message, { reason: "CONTENTION", retryAfter: 1 });
      }
      await wait(Math.random() * 2 ** attempt);
    }
  }
}

/** `write` of several statements, in one transaction. */
export function writeInTransaction<T>(context: Context, run: (tx: Tx) => Promise<T>): Promise<T> {
  return write(context, () => inTransaction(context, run));
}

/** Runs statements in one transaction, which the event log will say this caller made. */
export function inTransaction<T>({ db, caller }: Context, run: (tx: Tx) => Promise<T>): Promise<T> {
  return db.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM ${toldCaller(caller)}`;
    return run(tx);
  });
}

/** For FROM of a statement that writes by itself: the event log will say that this caller made it. One row, without a column to read. */
export function toldCaller({ workspaceId, integrationId, memberId }: Caller): Prisma.Sql {
  const told = atLog(
    workspaceId,
    sql`${`${integrationId},${memberId}`}`,
    (who) => sql`set_config('parley.caller', ${who}, true)`,
  );
  return sql`(${told}) AS told`;
}

/**
 * Calls a function with this value, on which triggers rely. It looks at the workspace's log for that, so that Citus leaves it to the
 * worker where the triggers are.
 */
export function atLog(workspaceId: string, value: Prisma.Sql, call: (value: Prisma.Sql) => Prisma.Sql): Prisma.Sql {
  const there = sql`CASE WHEN count(*) >= 0 THEN ${value} END`;
  return sql`SELECT ${call(there)} FROM "EventLog" WHERE "workspaceId" = ${workspaceId}::uuid`;
}

function isRace(error: unknown): boolean {
  return error instanceof Raced || raceStates.has(sqlStateOf(error)?.state ?? "");
}
