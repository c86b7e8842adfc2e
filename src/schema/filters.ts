import type { InputFieldBuilder } from "@pothos/core";
import { builder, type ExtendedTypes } from "./builder.ts";
import { conversationType } from "./enums.ts";

const timeRange = builder.inputType("DateTimeRange", {
  description: "A span of time: from the one, inclusive, to the other, exclusive. Either end may be open.",
  fields: (t) => ({
    from: t.field({ type: "DateTime", description: "The earliest time, inclusive." }),
    to: t.field({ type: "DateTime", description: "The end, exclusive." }),
  }),
});

const found = "1 to 200 characters, in upper or lower case. One or two are found only at its beginning.";

function conditionsOfConversations(t: InputFieldBuilder<ExtendedTypes, "InputObject">) {
  return {
    ids: t.idList({ description: "Those with these ids: at most 100. Those that the workspace lacks are left out." }),
    types: t.field({ type: [conversationType], description: "Meant like one of these: at least one." }),
    customerId: t.id({ description: "With this customer." }),
    customerExternalId: t.string({ description: "With the customer of this externalId." }),
    memberId: t.id({ description: "With this member among the participants." }),
    channelId: t.id({ description: "Over this channel." }),
    channelIdentifier: t.string({ description: "Over the website of this hostname." }),
    ownerId: t.id({ description: "Owned by this integration." }),
    name: t.string({ description: `With this in the name: ${found}` }),
    search: t.string({
      description: `With this in the name, or in the name, e-mail address or externalId of its customer: ${found}`,
    }),
    metadata: t.field({
      type: "JSONObject",
      description:
        "With metadata that contains this: the same values under the same keys, and perhaps more. Null finds what lacks the key. At most 1 KiB and 20 array items, no empty object or array below the top.",
    }),
    createdAt: t.field({ type: timeRange, description: "Created within." }),
    updatedAt: t.field({ type: timeRange, description: "Last changed within." }),
    lastActivityAt: t.field({ type: timeRange, description: "Last active within." }),
  };
}

const conversationConditions = builder.inputType("ConversationConditions", {
  description: "Conditions on a conversation. All that are given have to hold; null is the same as omitted.",
  fields: conditionsOfConversations,
});

const conversationScope = builder.enumType("ConversationScope", {
  description: "Where in their trees conversations are listed.",
  values: {
    TOP_LEVEL: { description: "Those that stand under no other." },
    ANY_DEPTH: { description: "All, sub-conversations too." },
  },
});

export const conversationFilter = builder.inputType("ConversationFilter", {
  description: "Conditions on the conversations to list. All that are given have to hold; null is the same as omitted.",
  fields: (t) => ({
    ...conditionsOfConversations(t),
    parentId: t.id({ description: "Directly under this conversation." }),
    scope: t.field({
      type: conversationScope,
      description: "TOP_LEVEL if omitted. Not together with parentId.",
    }),
    not: t.field({ type: conversationConditions, description: "Those of which not all of this holds." }),
    or: t.field({
      type: [conversationConditions],
      description: "Those of which at least one of these holds, besides the rest of the filter: 1 to 10.",
    }),
  }),
});

const direction = builder.enumType("OrderDirection", {
  description: "Which end comes first.",
  values: {
    ASC: { description: "The earliest or smallest first." },
    DESC: { description: "The latest or greatest first." },
  },
});

const byName =
  "By the first 64 characters of the name without regard to case, in the order of Unicode; who has none comes first.";

const field = builder.enumType("ConversationOrderField", {
  description: "The orders of a list of conversations.",
  values: {
    CREATED_AT: { description: "When they were created: never changes." },
    UPDATED_AT: { description: "When their name, metadata or place last changed." },
    LAST_ACTIVITY_AT: {
      description:
        "The time of the last message. A conversation that becomes active while a client pages moves to the recent end.",
    },
    TREE_LAST_ACTIVITY_AT: {
      description: "When the last message came in them or below: of top-level conversations only.",
    },
    NAME: { description: byName },
  },
});

export const conversationOrder = builder.inputType("ConversationOrder", {
  description: "How to order conversations.",
  fields: (t) => ({
    field: t.field({ type: field, required: true, description: "By what." }),
    direction: t.field({ type: direction, required: true, description: "Which end first." }),
  }),
});

export const customerFilter = builder.inputType("CustomerFilter", {
  description: "Conditions on the customers to list. All that are given have to hold; null is the same as omitted.",
  fields: (t) => ({
    ids: t.idList({ description: "Those with these ids: at most 100. Those that the workspace lacks are left out." }),
    externalId: t.string({ description: "With exactly this externalId." }),
    email: t.string({ description: "With this e-mail address, in upper or lower case." }),
    phone: t.string({ description: "With this phone number." }),
    name: t.string({ description: `With this in the name: ${found}` }),
    search: t.string({ description: `With this in the name, e-mail address or externalId: ${found}` }),
    metadata: t.field({
      type: "JSONObject",
      description: "With metadata that contains this, as in ConversationFilter.",
    }),
    hasConversation: t.boolean({ description: "Whether they have a top-level conversation." }),
    createdAt: t.field({ type: timeRange, description: "First seen within." }),
    updatedAt: t.field({ type: timeRange, description: "Last changed within." }),
  }),
});

const customerOrderField = builder.enumType("CustomerOrderField", {
  description: "The orders of a list of customers.",
  values: {
    CREATED_AT: { description: "When they were first seen: never changes." },
    UPDATED_AT: { description: "When their record last changed." },
    NAME: { description: byName },
  },
});

export const customerOrder = builder.inputType("CustomerOrder", {
  description: "How to order customers.",
  fields: (t) => ({
    field: t.field({ type: customerOrderField, required: true, description: "By what." }),
    direction: t.field({ type: direction, required: true, description: "Which end first." }),
  }),
});

export const memberFilter = builder.inputType("MemberFilter", {
  description: "Conditions on the members to list.",
  fields: (t) => ({ search: t.string({ description: `With this in the name: ${found}` }) }),
});

const memberOrderField = builder.enumType("MemberOrderField", {
  description: "The orders of a list of members.",
  values: {
    CREATED_AT: { description: "When they were added: never changes." },
    NAME: { description: byName },
  },
});

export const memberOrder = builder.inputType("MemberOrder", {
  description: "How to order members.",
  fields: (t) => ({
    field: t.field({ type: memberOrderField, required: true, description: "By what." }),
    direction: t.field({ type: direction, required: true, description: "Which end first." }),
  }),
});

export const channelFilter = builder.inputType("ChannelFilter", {
  description: "Conditions on the channels to list.",
  fields: (t) => ({ search: t.string({ description: `With this in the identifier: ${found}` }) }),
});
