import { z } from "zod";
import { EventType } from "../../prisma/generated/client/enums.ts";
import { badInput, idOf, optional, parse } from "./parse.ts";

const eventFilter = z.strictObject({
  types: optional(z.array(z.enum(EventType)).min(1, "at least one type")),
  conversationId: optional(idOf("Conversation")),
  includeInternal: optional(z.boolean()),
});

export type EventFilter = z.output<typeof eventFilter>;

export const listEventsRules = z.strictObject({ filter: eventFilter });

/** The filter of events that a client gave; null is the same as omitted. */
export function parseEventFilter(filter: unknown): EventFilter {
  return parse(listEventsRules, { filter: filter ?? {} }, "").filter;
}

/** The most events that a subscription gives at once. */
export const maxBatch = 100;

/** How many events a subscription may give at once: 1 to 100, 100 if omitted. */
export function parseBatchSize(first: number | null | undefined): number {
  const size = first ?? maxBatch;
  if (size >= 1 && size <= maxBatch) return size;
  throw badInput("first", "OUT_OF_RANGE", `must be between 1 and ${maxBatch}`);
}
