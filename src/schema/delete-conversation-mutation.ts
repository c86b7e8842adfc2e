import { deleteConversation } from "../conversations/delete-conversation.ts";
import { encodeGlobalId } from "../global-id.ts";
import { deleteConversationRules } from "../rules/conversation-input.ts";
import { builder } from "./builder.ts";
import { conversationFor } from "./conversation-for.ts";
import { payloadOf } from "./payload-of.ts";
import { sameFields } from "./same-fields.ts";

builder.relayMutationField(
  "deleteConversation",
  {
    description: "The conversation to delete.",
    inputFields: (t) => ({
      id: t.id({ required: true, description: "The id of the conversation." }),
      cascade: t.boolean({
        description: "Whether to delete its sub-conversations too. Without, having any is a CONFLICT.",
      }),
    }),
  },
  {
    description:
      "Deletes a conversation with its participants, messages and channel links; customers and channels stay. Only the integration that owns it may, and with `cascade` the whole subtree must be owned. Needs `connect360:conversation:delete`.",
    extensions: { operation: deleteConversation },
    resolve: (done, { input }, context) =>
      payloadOf(done, deleteConversation) ?? deleteConversation(context, sameFields(deleteConversationRules, input)),
  },
  {
    description: "The result of `deleteConversation`.",
    outputFields: (t) => ({
      deletedId: t.id({
        description: "The id of the conversation deleted.",
        resolve: ({ deletedId }) => encodeGlobalId("Conversation", deletedId),
      }),
      deletedCount: t.exposeInt("deletedCount", {
        description: "How many conversations were deleted, itself included.",
      }),
      deletedIds: t.idList({
        nullable: true,
        description: "The ids of all that were deleted, itself included; null when they are more than 1,000.",
        resolve: ({ deletedIds }) => deletedIds?.map((id) => encodeGlobalId("Conversation", id)),
      }),
      parent: t.field({
        type: "Conversation",
        nullable: true,
        description:
          "The conversation that it stood under, as it is now; null at the top. Needs `connect360:conversation:read`.",
        resolve: ({ parentId }, _args, context) => conversationFor(context, parentId),
      }),
    }),
  },
);
