import type { Caller } from "../caller.ts";
import type { Context } from "../context.ts";
import { parameter } from "../reading/parameter.ts";

/** The number of the last event (`head`), and that of the last event that was pruned (`tail`). */
export interface LogEnds {
  readonly head: bigint;
  readonly tail: bigint;
}

/** Reads both ends of the log of the caller's workspace. */
export async function readLogEnds(db: Context["db"], { workspaceId }: Caller): Promise<LogEnds> {
  const [log] = await db.$queryRaw<LogEnds[]>`
    SELECT head, tail FROM "EventLog" WHERE "workspaceId" = ${parameter(workspaceId, "uuid")}`;
  return log ?? { head: 0n, tail: 0n };
}
