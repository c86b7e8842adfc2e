import type { Caller } from "../caller.ts";
import type { Context } from "../context.ts";
import { parameter } from "../reading/parameter.ts";

/** The numbers of a log: that given last, and up to which events were pruned. */
export interface LogEnds {
  readonly head: bigint;
  readonly tail: bigint;
}

/** Where the log of the caller's workspace ends and begins. */
export async function readLogEnds(db: Context["db"], { workspaceId }: Caller): Promise<LogEnds> {
  const [log] = await db.$queryRaw<LogEnds[]>`
    SELECT head, tail FROM "EventLog" WHERE "workspaceId" = ${parameter(workspaceId, "uuid")}`;
  return log ?? { head: 0n, tail: 0n };
}
