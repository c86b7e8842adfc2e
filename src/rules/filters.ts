import { z } from "zod";
import { channelIdentifier, conversationType, email, externalId, length, phone } from "./input.ts";
import { metadata } from "./metadata.ts";
import { idOf, optional } from "./parse.ts";

// The rules of the filters of lists.

// Fewer than three characters cannot use the trigram index.
const search = length(3, 200);

const time = z.date().refine((date) => date.getUTCFullYear() >= 1 && date.getUTCFullYear() <= 9999, {
  error: "must be in a year from 1 to 9999",
  params: { reason: "OUT_OF_RANGE" },
});

const timeRange = z
  .object({ from: optional(time), to: optional(time) })
  .refine(({ from, to }) => !from || !to || from < to, {
    error: "from must be before to",
    params: { reason: "EMPTY_RANGE" },
  });

const conversationFilter = z.object({
  parentId: optional(idOf("Conversation")),
  type: optional(conversationType),
  customerId: optional(idOf("Customer")),
  customerExternalId: optional(externalId),
  memberId: optional(idOf("Member")),
  channelId: optional(idOf("Channel")),
  channelIdentifier: optional(channelIdentifier),
  ownerId: optional(idOf("Integration")),
  name: optional(search),
  metadata: optional(metadata),
  createdAt: optional(timeRange),
  lastActivityAt: optional(timeRange),
});

export const listConversationsRules = z.object({
  filter: conversationFilter,
  orderBy: z
    .object({ field: z.enum(["CREATED_AT", "LAST_ACTIVITY_AT"]), direction: z.enum(["ASC", "DESC"]) })
    .nullish()
    .transform((orderBy) => orderBy ?? { field: "CREATED_AT" as const, direction: "DESC" as const }),
});

const customerFilter = z.object({
  externalId: optional(externalId),
  email: optional(email),
  phone: optional(phone),
  name: optional(search),
  metadata: optional(metadata),
});

export const listCustomersRules = z.object({
  filter: customerFilter,
});
