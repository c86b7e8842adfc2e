import { createSubConversation } from "../conversations/create-sub-conversation.ts";
import { getOrCreateConversation } from "../conversations/get-or-create-conversation.ts";
import { updateConversation } from "../conversations/update-conversation.ts";
import {
  createSubConversationRules,
  getOrCreateConversationRules,
  updateConversationRules,
} from "../rules/conversation-input.ts";
import { builder } from "./builder.ts";
import { conversationAttributes } from "./conversation-attributes.ts";
import { conversationFor } from "./conversation-for.ts";
import { metadataMode } from "./enums.ts";
import { payloadOf } from "./payload-of.ts";
import { sameFields } from "./same-fields.ts";

const outcome = builder.enumType("GetOrCreateOutcome", {
  description: "Whether the conversation was there.",
  values: {
    CREATED: { description: "This call created it. Of calls at the same time, exactly one gets this." },
    REUSED: { description: "It was there already." },
  },
});

const match = builder.enumType("ConversationMatch", {
  description: "The key by which the customer, or the conversation of members, was recognised.",
  values: {
    CUSTOMER_ID: { description: "By `customerId` or `customer.id`." },
    EXTERNAL_ID: { description: "By `customer.externalId`." },
    EMAIL: { description: "By `customer.email`." },
    PHONE: { description: "By `customer.phone`." },
    MEMBERS: { description: "By the exact set of members." },
  },
});

builder.relayMutationField(
  "getOrCreateConversation",
  {
    description:
      "Whose conversation to find or create. At least one of customerId, customer and memberIds is needed; null is the same as omitted.",
    inputFields: (t) => conversationAttributes(t, "Channels to add to it."),
  },
  {
    description:
      "The top-level conversation of a customer, or of exactly these members: found, or created. However many ask at once, there is one. Members only with type GROUP always creates. Found again, it gains the caller, the members and the channels listed; name, type, metadata and owner stay. Needs `connect360:conversation:engage`.",
    extensions: { operation: getOrCreateConversation },
    resolve: (done, { input }, context) =>
      payloadOf(done, getOrCreateConversation) ??
      getOrCreateConversation(context, sameFields(getOrCreateConversationRules, input)),
  },
  {
    description: "The result of `getOrCreateConversation`.",
    outputFields: (t) => ({
      conversation: t.expose("conversation", { type: "Conversation", description: "The one conversation." }),
      outcome: t.expose("outcome", { type: outcome, description: "Whether it was there." }),
      matchedBy: t.expose("matchedBy", {
        type: match,
        nullable: true,
        description:
          "The key by which the customer, or the conversation of members, was recognised; null if it is new.",
      }),
    }),
  },
);

builder.relayMutationField(
  "createSubConversation",
  {
    description: "Where to open a conversation, and its attributes. Null is the same as omitted.",
    inputFields: (t) => ({
      parentId: t.id({ required: true, description: "The id of the conversation above." }),
      ...conversationAttributes(
        t,
        "Its channels. Without channelIds and channelIdentifier: those of the parent; `[]` means none.",
      ),
      idempotencyKey: t.string({
        description:
          "Unique per parent, 1 to 255 characters: the same key and an input that means the same give the first result again, another input is a CONFLICT. When the conversation was deleted its key is free, and a repeat creates one anew.",
      }),
    }),
  },
  {
    description:
      "A new conversation under another one, for an order or a topic. Participants are not inherited: it starts with the caller, the members and the customer named. Needs `connect360:conversation:engage`.",
    extensions: { operation: createSubConversation },
    resolve: (done, { input }, context) =>
      payloadOf(done, createSubConversation) ??
      createSubConversation(context, sameFields(createSubConversationRules, input)),
  },
  {
    description: "The result of `createSubConversation`.",
    outputFields: (t) => ({
      conversation: t.expose("conversation", { type: "Conversation", description: "The sub-conversation." }),
    }),
  },
);

builder.relayMutationField(
  "updateConversation",
  {
    description: "The conversation, and its changes: at least one. An omitted field stays as it is.",
    inputFields: (t) => ({
      id: t.id({ required: true, description: "The id of the conversation." }),
      name: t.string({ description: "Its new name, 1 to 200 characters; null clears it." }),
      metadata: t.field({
        type: "JSONObject",
        description:
          "Merged into its metadata (JSON Merge Patch, RFC 7396): a null value removes its key; null itself empties all.",
      }),
      metadataMode: t.field({ type: metadataMode, description: "How the metadata is changed: MERGE if omitted." }),
      parentId: t.id({ description: "The id of the conversation to move it under; null makes it top-level." }),
      expectedRevision: t.int({
        description:
          "The revision that the change is meant for. When the conversation has another, it is a CONFLICT `STALE_REVISION`, which tells the present one.",
      }),
    }),
  },
  {
    description:
      "Renames, annotates or moves a conversation. Patches to different metadata keys at the same time all survive. Needs `connect360:conversation:engage`.",
    extensions: { operation: updateConversation },
    resolve: (done, { input }, context) =>
      payloadOf(done, updateConversation) ?? updateConversation(context, sameFields(updateConversationRules, input)),
  },
  {
    description: "The result of `updateConversation`.",
    outputFields: (t) => ({
      conversation: t.expose("conversation", { type: "Conversation", description: "The conversation as it is now." }),
      previousParent: t.field({
        type: "Conversation",
        nullable: true,
        description:
          "When it was moved, the conversation that it stood under before, as it is now. Needs `connect360:conversation:read`.",
        resolve: ({ previousParentId }, _args, context) => conversationFor(context, previousParentId),
      }),
    }),
  },
);
