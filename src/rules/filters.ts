import { z } from "zod";
import { email } from "./email.ts";
import { channelIdentifier, conversationType, externalId } from "./input.ts";
import { metadataFilter } from "./metadata-filter.ts";
import { idOf, optional } from "./parse.ts";
import { phone } from "./phone.ts";
import { namePart } from "./text.ts";
import { timeRange } from "./time.ts";

// The rules of the filters of lists.

const conversationFilter = z.strictObject({
  parentId: optional(idOf("Conversation")),
  type: optional(conversationType),
  customerId: optional(idOf("Customer")),
  customerExternalId: optional(externalId),
  memberId: optional(idOf("Member")),
  channelId: optional(idOf("Channel")),
  channelIdentifier: optional(channelIdentifier),
  ownerId: optional(idOf("Integration")),
  name: optional(namePart),
  metadata: optional(metadataFilter),
  createdAt: optional(timeRange),
  lastActivityAt: optional(timeRange),
});

export const listConversationsRules = z.strictObject({
  filter: conversationFilter,
  orderBy: z
    .strictObject({ field: z.enum(["CREATED_AT", "LAST_ACTIVITY_AT"]), direction: z.enum(["ASC", "DESC"]) })
    .nullish()
    .transform((orderBy) => orderBy ?? { field: "CREATED_AT" as const, direction: "DESC" as const }),
});

const customerFilter = z.strictObject({
  externalId: optional(externalId),
  email: optional(email),
  phone: optional(phone),
  name: optional(namePart),
  metadata: optional(metadataFilter),
});

export const listCustomersRules = z.strictObject({
  filter: customerFilter,
});

/** What these name is found at once, however many rows there are. */
const exact = new Set(["parentId", "customerId", "customerExternalId", "externalId", "email", "phone"]);

/** Whether a list with this filter may look at far more rows than it returns. */
export function isSearch(filter: object): boolean {
  return Object.entries(filter).some(([field, value]) => value !== undefined && value !== null && !exact.has(field));
}
