import type { Event } from "../../prisma/generated/client/client.ts";
import type { Caller } from "../caller.ts";
import { DomainError } from "../errors.ts";
import { encodeCursor, keyOfCursor } from "../reading/cursor.ts";
import { type Order, orderByNumber } from "../reading/order.ts";

/** The order of events: their numbers, which are the order of commit. */
export const eventOrder: Order<Pick<Event, "number">> = orderByNumber("events", "ASC");

/**
 * The cursor directly after the event with this number, in the log of the caller's workspace. Number 0 gives the cursor before the first
 * event.
 */
export function eventCursorAt({ workspaceId }: Caller, number: bigint): string {
  return encodeCursor({ order: eventOrder, scope: workspaceId }, { number });
}

type CursorField = "after" | "before";

/**
 * The number of the event directly before the cursor, undefined for no cursor or an empty one. Throws BAD_USER_INPUT for a cursor of
 * another list.
 */
export function eventPositionOf(
  { workspaceId }: Caller,
  cursor: string | null | undefined,
  field: CursorField = "after",
): bigint | undefined {
  const key = keyOfCursor({ order: eventOrder, scope: workspaceId }, field, cursor);
  return key === undefined ? undefined : BigInt(key);
}

/** Refuses a cursor whose events are not kept: they were pruned, or the log was restored from before they happened. */
export function cursorExpired(
  caller: Caller,
  tail: bigint,
  field: CursorField = "after",
): DomainError<"BAD_USER_INPUT"> {
  const oldestCursor = eventCursorAt(caller, tail);
  const message = `${field}: events at this cursor are not kept: read the lists anew`;
  return new DomainError("BAD_USER_INPUT", message, { reason: "CURSOR_EXPIRED", field, oldestCursor });
}
