import type { Conversation } from "../../prisma/generated/client/client.ts";
import { maxChannels } from "../conversations/channels.ts";
import { childrenOf } from "../conversations/list-sub-conversations.ts";
import { longValue } from "../pricing/cost.ts";
import {
  ancestorsOf,
  canDelete,
  channelsOf,
  depthOf,
  lastMessageOf,
  maxAncestors,
  messagesOf,
  parentOf,
  participantsOf,
} from "../reading/conversation-fields.ts";
import { conversations, customers, integrations } from "../reading/loaders.ts";
import { builder } from "./builder.ts";
import { connectionOf } from "./connection.ts";
import { conversationType } from "./conversation-type.ts";
import { nodeBy } from "./node.ts";

const counts = builder
  .objectRef<Pick<Conversation, "childrenCount" | "messagesCount" | "participantsCount">>("ConversationCounts")
  .implement({
    description: "How much hangs on a conversation. Kept exact by the database.",
    fields: (t) => ({
      children: t.exposeInt("childrenCount", { description: "Direct sub-conversations." }),
      messages: t.exposeInt("messagesCount", {
        description: "Messages in it, those of sub-conversations not included.",
      }),
      participants: t.exposeInt("participantsCount", { description: "Members and customers who take part." }),
    }),
  });

const ref = builder.prismaObject("Conversation", {
  description:
    "A conversation of the workspace. A customer has at most one at the top; orders and topics are conversations below it, at most 10 levels deep.",
  fields: (t) => ({
    type: t.expose("type", { type: conversationType, description: "How the conversation is meant." }),
    name: t.exposeString("name", { nullable: true, description: "Its name: 1 to 200 characters, or null." }),
    metadata: t.expose("metadata", {
      type: "JSONObject",
      extensions: { cost: longValue },
      description: "What clients noted on it: a JSON object of at most 16 KiB and 10 levels.",
    }),
    parent: t.field({
      type: "Conversation",
      nullable: true,
      description: "The conversation above, null at the top. Needs `connect360:conversation:read`.",
      resolve: (conversation, _, context) => parentOf(context, conversation),
    }),
    ancestors: t.field({
      type: ["Conversation"],
      nullable: true,
      description:
        "The conversations above, from the top down to the parent: at most 9. Needs `connect360:conversation:read`; null without.",
      extensions: { cost: { rows: maxAncestors } },
      resolve: (conversation, _, context) => ancestorsOf(context, conversation),
    }),
    depth: t.int({
      description: "How many conversations stand above: 0 at the top, at most 9.",
      extensions: { cost: { rows: maxAncestors } },
      resolve: (conversation, _, context) => depthOf(context, conversation),
    }),
    customer: t.field({
      type: "Customer",
      nullable: true,
      description: "The customer it is with, or null among members only.",
      resolve: ({ customerId }, _, context) => (customerId ? customers(context).load(customerId) : null),
    }),
    owner: t.field({
      type: "Integration",
      nullable: true,
      description: "The integration that owns its lifecycle, the only one that may delete it; null when none does.",
      resolve: ({ ownerIntegrationId: id }, _, context) => (id ? integrations(context).load(id) : null),
    }),
    channels: t.field({
      type: ["Channel"],
      description: "The channels it runs over, oldest first: at most 100.",
      extensions: { cost: { rows: maxChannels } },
      resolve: (conversation, _, context) => channelsOf(context, conversation),
    }),
    participants: t.field({
      type: "ParticipantConnection",
      description: "Who takes part, in the order of joining.",
      args: t.arg.connectionArgs(),
      resolve: (conversation, args, context) => participantsOf(context, conversation, args),
    }),
    counts: t.field({
      type: counts,
      description: "How much hangs on it, without reading it.",
      resolve: (conversation) => conversation,
    }),
    children: t.field({
      type: "ConversationConnection",
      nullable: true,
      description: "Its direct sub-conversations, newest first. Needs `connect360:conversation:read`; null without.",
      args: t.arg.connectionArgs(),
      resolve: (conversation, args, context) => childrenOf(context, conversation, args),
    }),
    messages: t.field({
      type: "MessageConnection",
      nullable: true,
      description: "What was said, newest first. Needs `connect360:conversation:read`; null without.",
      args: t.arg.connectionArgs(),
      resolve: (conversation, args, context) => messagesOf(context, conversation, args),
    }),
    lastMessage: t.field({
      type: "Message",
      nullable: true,
      description: "What was said last, null while nothing was. Needs `connect360:conversation:read`.",
      extensions: { cost: { rows: 2, records: 1 } },
      resolve: (conversation, _, context) => lastMessageOf(context, conversation),
    }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When it was created." }),
    updatedAt: t.expose("updatedAt", {
      type: "DateTime",
      description: "When its name, metadata or place last changed; at first, when it was created.",
    }),
    lastActivityAt: t.expose("lastActivityAt", {
      type: "DateTime",
      description: "When the last message came; before the first, when it was created.",
    }),
    viewerCanDelete: t.boolean({
      description: "Whether this API key may delete it: it has the permission, and its integration is the owner.",
      resolve: (conversation, _, context) => canDelete(context, conversation),
    }),
  }),
});

builder.nodeRef(ref, nodeBy(conversations));

connectionOf(
  "Conversation",
  "conversations",
  "How many conversations the whole list has. Null when there are more than 10,000 to count; sub-conversations are always counted.",
);
