import { type Event, Prisma } from "../../prisma/generated/client/client.ts";
import type { Caller } from "../caller.ts";
import { DomainError } from "../errors.ts";
import { encodeCursor, keyOfCursor } from "../reading/cursor.ts";
import type { Order } from "../reading/order.ts";
import { parameter } from "../reading/parameter.ts";

const { sql } = Prisma;

/** Of the numbers that JSON has. */
const position = /^\d{1,15}$/;

/** The order of events: their numbers, which are the order of commit. */
export const eventOrder: Order<Pick<Event, "number">> = {
  name: "events",
  keys: ["r.number"],
  descending: false,
  keyOf: ({ number }) => String(number),
  keySql: (alias) => sql`${alias}.number::text`,
  parseKey: (key) => (position.test(key) ? parameter(key, "bigint") : undefined),
};

/** The cursor behind the event with this number, in the log of the caller's workspace; behind nothing: 0. */
export function eventCursorAt({ workspaceId }: Caller, number: bigint): string {
  return encodeCursor(eventOrder, workspaceId, { number });
}

type CursorField = "after" | "before";

/** The number of the event that a cursor of the caller's log stands behind, undefined for none or an empty one, or BAD_USER_INPUT. */
export function eventPositionOf(
  { workspaceId }: Caller,
  cursor: string | null | undefined,
  field: CursorField = "after",
): bigint | undefined {
  const key = keyOfCursor(eventOrder, workspaceId, field, cursor);
  return key === undefined ? undefined : BigInt(key);
}

/** The events that the cursor leads to were pruned already. */
export function cursorExpired(oldestCursor: string, field: CursorField = "after"): DomainError<"BAD_USER_INPUT"> {
  const message = `${field}: events at this cursor are no longer kept: read the lists anew`;
  return new DomainError("BAD_USER_INPUT", message, { reason: "CURSOR_EXPIRED", field, oldestCursor });
}
