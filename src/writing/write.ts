import { setTimeout as wait } from "node:timers/promises";
import { Prisma } from "../../prisma/generated/client/client.ts";
import type { Caller } from "../caller.ts";
import type { Context } from "../context.ts";
import { isDistributed, noteDistributed } from "../database/is-distributed.ts";
import { sqlStateOf, sqlStates } from "../database/sql-state.ts";
import { DomainError } from "../errors.ts";
import { refusalOf } from "./refusals.ts";

const { sql } = Prisma;

/** A client inside a transaction. */
export type Tx = Prisma.TransactionClient;

/** Is thrown in a write that notices itself that it has lost a race. The write is repeated. */
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
 * Runs a write that is all or nothing. If it loses a race, all of it is repeated, at most 10 times; then it throws SERVICE_UNAVAILABLE. A
 * refusal of the database becomes the error of the contract. The request forgets what it has read before, and followers of the workspace
 * are told.
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

/** Runs statements in one transaction. The event log names this caller. */
export function inTransaction<T>({ db, caller }: Context, run: (tx: Tx) => Promise<T>): Promise<T> {
  return db.$transaction(async (tx) => {
    if (isDistributed(db)) noteDistributed(tx);
    await tx.$queryRaw`SELECT 1 FROM ${toldCaller(tx, caller)}`;
    return run(tx);
  });
}

/**
 * For the FROM of a statement that writes without a transaction: the event log names this caller. It is one row, without columns to read.
 */
export function toldCaller(db: object, { workspaceId, integrationId, memberId }: Caller): Prisma.Sql {
  const caller = sql`${`${integrationId},${memberId}`}`;
  const tell = (who: Prisma.Sql) => sql`set_config('parley.caller', ${who}, true)`;
  return sql`(${isDistributed(db) ? atLog(workspaceId, caller, tell) : sql`SELECT ${tell(caller)}`}) AS told`;
}

/**
 * Calls a function with this value, on which triggers rely. The call reads the workspace's log, so that Citus runs it on the worker of the
 * triggers.
 */
export function atLog(workspaceId: string, value: Prisma.Sql, call: (value: Prisma.Sql) => Prisma.Sql): Prisma.Sql {
  const there = sql`CASE WHEN count(*) >= 0 THEN ${value} END`;
  return sql`SELECT ${call(there)} FROM "EventLog" WHERE "workspaceId" = ${workspaceId}::uuid`;
}

function isRace(error: unknown): boolean {
  return error instanceof Raced || raceStates.has(sqlStateOf(error)?.state ?? "");
}
