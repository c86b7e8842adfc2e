import type { InputFieldBuilder } from "@pothos/core";
import { builder, type ExtendedTypes } from "./builder.ts";
import { conversationType } from "./enums.ts";

const timeRange = builder.inputType("DateTimeRange", {
  description: "A span of time. Either end may be open.",
  fields: (t) => ({
    from: t.field({ type: "DateTime", description: "The earliest time, inclusive." }),
    to: t.field({ type: "DateTime", description: "The end, exclusive." }),
  }),
});

const found = "1 to 200 characters, in upper or lower case. One or two characters are found only at the beginning.";

function conditionsOfConversations(t: InputFieldBuilder<ExtendedTypes, "InputObject">) {
  return {
    ids: t.idList({
      description: "The conversation has one of these ids: at most 100. Ids that the workspace lacks are ignored.",
    }),
    types: t.field({ type: [conversationType], description: "The conversation has one of these types: at least one." }),
    customerId: t.id({ description: "The conversation is with this customer." }),
    customerExternalId: t.string({ description: "The conversation is with the customer who has this externalId." }),
    memberId: t.id({ description: "This member takes part." }),
    channelId: t.id({ description: "This channel is one of the conversation's channels." }),
    channelIdentifier: t.string({
      description: "The website with this hostname is one of the conversation's channels.",
    }),
    ownerId: t.id({ description: "This integration owns the conversation." }),
    name: t.string({ description: `The name contains this text: ${found}` }),
    search: t.string({
      description: `The name contains this text, or the name, e-mail address or externalId of the customer does: ${found}`,
    }),
    metadata: t.field({
      type: "JSONObject",
      description:
        "The metadata contains these keys with these values, and perhaps more. A null value means that the key is absent. At most 1 KiB and 20 array items, and no empty object or array below the top.",
    }),
    createdAt: t.field({ type: timeRange, description: "The conversation was created in this span." }),
    updatedAt: t.field({ type: timeRange, description: "The last change was in this span." }),
    lastActivityAt: t.field({ type: timeRange, description: "The last activity was in this span." }),
  };
}

const conversationConditions = builder.inputType("ConversationConditions", {
  description: "Conditions on a conversation. All that are given have to hold; null is the same as omitted.",
  fields: conditionsOfConversations,
});

const conversationScope = builder.enumType("ConversationScope", {
  description: "The depths of the trees from which conversations are listed.",
  values: {
    TOP_LEVEL: { description: "Conversations that stand under no other." },
    ANY_DEPTH: { description: "All conversations, sub-conversations too." },
  },
});

export const conversationFilter = builder.inputType("ConversationFilter", {
  description: "Conditions on the conversations to list. All that are given have to hold; null is the same as omitted.",
  fields: (t) => ({
    ...conditionsOfConversations(t),
    parentId: t.id({ description: "The conversation stands directly under this one." }),
    scope: t.field({
      type: conversationScope,
      description: "TOP_LEVEL if omitted. It cannot be combined with parentId.",
    }),
    not: t.field({ type: conversationConditions, description: "At least one of these conditions does not hold." }),
    or: t.field({
      type: [conversationConditions],
      description: "All conditions of at least one of these hold, and the rest of the filter does: 1 to 10.",
    }),
  }),
});

const direction = builder.enumType("OrderDirection", {
  description: "The direction of an order.",
  values: {
    ASC: { description: "The earliest or smallest comes first." },
    DESC: { description: "The latest or greatest comes first." },
  },
});

const byName =
  "By the first 64 characters of the name without regard to case, in the order of Unicode. No name counts as an empty one.";

const field = builder.enumType("ConversationOrderField", {
  description: "The orders of a list of conversations.",
  values: {
    CREATED_AT: { description: "By the time of creation, which never changes." },
    UPDATED_AT: { description: "By the time of the last change of name, metadata or place." },
    LAST_ACTIVITY_AT: {
      description:
        "By `lastActivityAt`. A conversation that becomes active while a client pages moves to the recent end.",
    },
    TREE_LAST_ACTIVITY_AT: {
      description: "By `treeLastActivityAt`, which only top-level conversations have.",
    },
    NAME: { description: byName },
  },
});

export const conversationOrder = builder.inputType("ConversationOrder", {
  description: "How to order conversations.",
  fields: (t) => ({
    field: t.field({ type: field, required: true, description: "The value that decides the order." }),
    direction: t.field({ type: direction, required: true, description: "The end of the order that comes first." }),
  }),
});

export const customerFilter = builder.inputType("CustomerFilter", {
  description: "Conditions on the customers to list. All that are given have to hold; null is the same as omitted.",
  fields: (t) => ({
    ids: t.idList({
      description: "The customer has one of these ids: at most 100. Ids that the workspace lacks are ignored.",
    }),
    externalId: t.string({ description: "The customer has exactly this externalId." }),
    email: t.string({ description: "The customer has this e-mail address, in upper or lower case." }),
    phone: t.string({ description: "The customer has this phone number." }),
    name: t.string({ description: `The name contains this text: ${found}` }),
    search: t.string({ description: `The name, the e-mail address or the externalId contains this text: ${found}` }),
    metadata: t.field({
      type: "JSONObject",
      description: "The metadata contains these keys with these values, as in ConversationFilter.",
    }),
    hasConversation: t.boolean({ description: "Whether the customer has a top-level conversation." }),
    createdAt: t.field({ type: timeRange, description: "The customer was first seen in this span." }),
    updatedAt: t.field({ type: timeRange, description: "The last change was in this span." }),
  }),
});

const customerOrderField = builder.enumType("CustomerOrderField", {
  description: "The orders of a list of customers.",
  values: {
    CREATED_AT: { description: "By the time when the customer was first seen, which never changes." },
    UPDATED_AT: { description: "By the time of the last change." },
    NAME: { description: byName },
  },
});

export const customerOrder = builder.inputType("CustomerOrder", {
  description: "How to order customers.",
  fields: (t) => ({
    field: t.field({ type: customerOrderField, required: true, description: "The value that decides the order." }),
    direction: t.field({ type: direction, required: true, description: "The end of the order that comes first." }),
  }),
});

export const memberFilter = builder.inputType("MemberFilter", {
  description: "Conditions on the members to list.",
  fields: (t) => ({ search: t.string({ description: `The name contains this text: ${found}` }) }),
});

const memberOrderField = builder.enumType("MemberOrderField", {
  description: "The orders of a list of members.",
  values: {
    CREATED_AT: { description: "By the time when the member was added, which never changes." },
    NAME: { description: byName },
  },
});

export const memberOrder = builder.inputType("MemberOrder", {
  description: "How to order members.",
  fields: (t) => ({
    field: t.field({ type: memberOrderField, required: true, description: "The value that decides the order." }),
    direction: t.field({ type: direction, required: true, description: "The end of the order that comes first." }),
  }),
});

export const channelFilter = builder.inputType("ChannelFilter", {
  description: "Conditions on the channels to list.",
  fields: (t) => ({ search: t.string({ description: `The identifier contains this text: ${found}` }) }),
});
