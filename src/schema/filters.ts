import { builder } from "./builder.ts";
import { conversationType } from "./conversation-type.ts";

const timeRange = builder.inputType("DateTimeRange", {
  description: "A span of time: from the one, inclusive, to the other, exclusive. Either end may be open.",
  fields: (t) => ({
    from: t.field({ type: "DateTime", description: "The earliest time, inclusive." }),
    to: t.field({ type: "DateTime", description: "The end, exclusive." }),
  }),
});

export const conversationFilter = builder.inputType("ConversationFilter", {
  description: "What conversations to list. Everything given must hold; null is the same as omitted.",
  fields: (t) => ({
    parentId: t.id({ description: "Directly under this conversation. Without: at the top." }),
    type: t.field({ type: conversationType, description: "Meant like this." }),
    customerId: t.id({ description: "With this customer." }),
    customerExternalId: t.string({ description: "With the customer of this externalId." }),
    memberId: t.id({ description: "With this member among the participants." }),
    channelId: t.id({ description: "Over this channel." }),
    channelIdentifier: t.string({ description: "Over the website of this hostname." }),
    ownerId: t.id({ description: "Owned by this integration." }),
    name: t.string({
      description:
        "With this in the name, whatever its case: 1 to 200 characters. One or two are found only at its beginning.",
    }),
    metadata: t.field({
      type: "JSONObject",
      description:
        "With metadata that contains this: the same values under the same keys, and perhaps more. At most 1 KiB and 20 array items, no empty object or array below the top.",
    }),
    createdAt: t.field({ type: timeRange, description: "Created within." }),
    lastActivityAt: t.field({ type: timeRange, description: "Last active within." }),
  }),
});

const direction = builder.enumType("OrderDirection", {
  description: "Which end comes first.",
  values: {
    ASC: { description: "The earliest first." },
    DESC: { description: "The latest first." },
  },
});

const field = builder.enumType("ConversationOrderField", {
  description: "What conversations can be ordered by.",
  values: {
    CREATED_AT: { description: "When they were created: never changes." },
    LAST_ACTIVITY_AT: {
      description: "When the last message came. What becomes active while a client pages moves to the recent end.",
    },
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
  description: "What customers to list. Everything given must hold; null is the same as omitted.",
  fields: (t) => ({
    externalId: t.string({ description: "With exactly this externalId." }),
    email: t.string({ description: "With this e-mail address, whatever its case." }),
    phone: t.string({ description: "With this phone number." }),
    name: t.string({
      description:
        "With this in the name, whatever its case: 1 to 200 characters. One or two are found only at its beginning.",
    }),
    metadata: t.field({
      type: "JSONObject",
      description: "With metadata that contains this, as in ConversationFilter.",
    }),
  }),
});
