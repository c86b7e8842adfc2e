import { z } from "zod";
import { channelIdentifier, conversationTypeRule } from "./conversation-input.ts";
import { externalId } from "./customer-input.ts";
import { email } from "./email.ts";
import { metadataFilter } from "./metadata-filter.ts";
import { because, idOf, idsOf, optional } from "./parse.ts";
import { phone } from "./phone.ts";
import { namePart, searchText } from "./text.ts";
import { timeRange } from "./time.ts";

// The rules of the filters and orders of lists.

const maxIds = 100;
const maxAlternatives = 10;

const conversationConditions = z.strictObject({
  ids: optional(idsOf("Conversation", maxIds)),
  types: optional(z.array(conversationTypeRule).min(1, "at least one")),
  customerId: optional(idOf("Customer")),
  customerExternalId: optional(externalId),
  memberId: optional(idOf("Member")),
  channelId: optional(idOf("Channel")),
  channelIdentifier: optional(channelIdentifier),
  ownerId: optional(idOf("Integration")),
  name: optional(namePart),
  search: optional(searchText),
  metadata: optional(metadataFilter),
  createdAt: optional(timeRange),
  updatedAt: optional(timeRange),
  lastActivityAt: optional(timeRange),
});

export type ConversationConditions = z.output<typeof conversationConditions>;

const conversationFilter = conversationConditions.extend({
  parentId: optional(idOf("Conversation")),
  scope: optional(z.enum(["TOP_LEVEL", "ANY_DEPTH"])),
  not: optional(conversationConditions),
  or: optional(
    z
      .array(conversationConditions)
      .min(1, "at least one")
      .max(maxAlternatives, `at most ${maxAlternatives} alternatives`),
  ),
});

const direction = z.enum(["ASC", "DESC"]);

export const listConversationsRules = z
  .strictObject({
    filter: conversationFilter,
    orderBy: optional(
      z.strictObject({
        field: z.enum(["CREATED_AT", "UPDATED_AT", "LAST_ACTIVITY_AT", "TREE_LAST_ACTIVITY_AT", "NAME"]),
        direction,
      }),
    ).transform((orderBy) => orderBy ?? { field: "CREATED_AT" as const, direction: "DESC" as const }),
  })
  .refine(({ filter }) => !filter.parentId || !filter.scope, {
    error: "cannot be combined with parentId",
    path: ["filter", "scope"],
    ...because("CONTRADICTION"),
  })
  .refine(
    ({ filter, orderBy }) =>
      orderBy.field !== "TREE_LAST_ACTIVITY_AT" || (!filter.parentId && filter.scope !== "ANY_DEPTH"),
    {
      error: "orders top-level conversations only",
      path: ["orderBy", "field"],
      ...because("CONTRADICTION"),
    },
  );

export type ConversationsWanted = z.output<typeof listConversationsRules>;

const customerFilter = z.strictObject({
  ids: optional(idsOf("Customer", maxIds)),
  externalId: optional(externalId),
  email: optional(email),
  phone: optional(phone),
  name: optional(namePart),
  search: optional(searchText),
  metadata: optional(metadataFilter),
  hasConversation: optional(z.boolean()),
  createdAt: optional(timeRange),
  updatedAt: optional(timeRange),
});

export const listCustomersRules = z.strictObject({
  filter: customerFilter,
  orderBy: optional(z.strictObject({ field: z.enum(["CREATED_AT", "UPDATED_AT", "NAME"]), direction })).transform(
    (orderBy) => orderBy ?? { field: "CREATED_AT" as const, direction: "DESC" as const },
  ),
});

export const listMembersRules = z.strictObject({
  filter: z.strictObject({ search: optional(namePart) }),
  orderBy: optional(z.strictObject({ field: z.enum(["CREATED_AT", "NAME"]), direction })).transform(
    (orderBy) => orderBy ?? { field: "CREATED_AT" as const, direction: "ASC" as const },
  ),
});

export const listChannelsRules = z.strictObject({ filter: z.strictObject({ search: optional(namePart) }) });
