import type { Caller } from "../caller.ts";
import { listSubConversations } from "../conversations/list-sub-conversations.ts";
import { pageCost, workspaceListCost } from "../pricing/field-cost.ts";
import {
  findConversation,
  findCustomerBy,
  findMessage,
  viewerPermissions,
  viewer as viewerReader,
} from "../reading/finders.ts";
import { listChannels } from "../reading/list-channels.ts";
import { listConversations } from "../reading/list-conversations.ts";
import { listCustomers } from "../reading/list-customers.ts";
import { listIntegrations } from "../reading/list-integrations.ts";
import { listMembers } from "../reading/list-members.ts";
import { required, toOne } from "../reading/to-one.ts";
import { builder } from "./builder.ts";
import {
  channelFilter,
  conversationFilter,
  conversationOrder,
  customerFilter,
  customerOrder,
  memberFilter,
  memberOrder,
} from "./filters.ts";
import { readBy } from "./read-by.ts";

const permission = builder.enumType("Permission", {
  description: "The permissions of an API key.",
  values: {
    READ: { value: "read", description: "`connect360:conversation:read`: read conversations and messages." },
    ENGAGE: {
      value: "engage",
      description:
        "`connect360:conversation:engage`: create and change conversations, send and change messages, and change customers and participants.",
    },
    DELETE: {
      value: "delete",
      description:
        "`connect360:conversation:delete`: delete conversations that the key's integration owns, and redact messages that it sent or that are in them.",
    },
  },
});

const viewer = builder.objectRef<Caller>("Viewer").implement({
  description: "The API key of this request, with its workspace, member and integration.",
  fields: (t) => ({
    workspace: t.field({
      type: "Workspace",
      description: "The workspace that everything happens in.",
      ...readBy(required(toOne("Workspace", "workspaceId"))),
    }),
    member: t.field({
      type: "Member",
      description: "The member acted for, a participant of what is created.",
      ...readBy(required(toOne("Member", "memberId"))),
    }),
    integration: t.field({
      type: "Integration",
      description: "The integration that owns what is created.",
      ...readBy(required(toOne("Integration", "integrationId"))),
    }),
    permissions: t.field({
      type: [permission],
      description: "The permissions of the key.",
      ...readBy(viewerPermissions, { rows: 0 }),
    }),
  }),
});

builder.queryFields((t) => ({
  viewer: t.field({
    type: viewer,
    description:
      "The API key of this request: its workspace, member, integration and permissions. It needs no permission.",
    ...readBy(viewerReader),
  }),
  conversation: t.field({
    type: "Conversation",
    nullable: true,
    description: "The conversation with this id, or null.",
    args: { id: t.arg.id({ required: true, description: "The id of a conversation." }) },
    ...readBy(findConversation),
  }),
  conversations: t.field({
    type: "ConversationConnection",
    nullable: true,
    description:
      "The workspace's conversations, top-level unless the filter names a parent or any depth: newest first unless ordered otherwise.",
    args: {
      filter: t.arg({ type: conversationFilter, description: "Only conversations for which everything given holds." }),
      orderBy: t.arg({ type: conversationOrder, description: "CREATED_AT DESC if omitted." }),
      ...t.arg.connectionArgs(),
    },
    ...readBy(listConversations, workspaceListCost),
  }),
  listSubConversations: t.field({
    type: "ConversationConnection",
    nullable: true,
    description:
      "The direct sub-conversations of a conversation, newest first. NOT_FOUND when there is no such parent.",
    args: {
      parentId: t.arg.id({ required: true, description: "The id of the conversation above." }),
      ...t.arg.connectionArgs(),
    },
    ...readBy(listSubConversations, pageCost(1)),
  }),
  message: t.field({
    type: "Message",
    nullable: true,
    description: "The message with this id, PUBLIC or INTERNAL, or null.",
    args: { id: t.arg.id({ required: true, description: "The id of a message." }) },
    ...readBy(findMessage),
  }),
  customer: t.field({
    type: "Customer",
    nullable: true,
    description: "The customer with this id or externalId, or null. Give exactly one of the two.",
    args: {
      id: t.arg.id({ description: "The id of a customer." }),
      externalId: t.arg.string({ description: "The customer's id in the workspace's own system." }),
    },
    ...readBy(findCustomerBy),
  }),
  customers: t.field({
    type: "CustomerConnection",
    nullable: true,
    description: "The workspace's customers, newest first unless ordered otherwise.",
    args: {
      filter: t.arg({ type: customerFilter, description: "Only customers for which everything given holds." }),
      orderBy: t.arg({ type: customerOrder, description: "CREATED_AT DESC if omitted." }),
      ...t.arg.connectionArgs(),
    },
    ...readBy(listCustomers, workspaceListCost),
  }),
  members: t.field({
    type: "MemberConnection",
    nullable: true,
    description: "The workspace's members, oldest first unless ordered otherwise.",
    args: {
      filter: t.arg({ type: memberFilter, description: "Only members for which everything given holds." }),
      orderBy: t.arg({ type: memberOrder, description: "CREATED_AT ASC if omitted." }),
      ...t.arg.connectionArgs(),
    },
    ...readBy(listMembers, workspaceListCost),
  }),
  channels: t.field({
    type: "ChannelConnection",
    nullable: true,
    description: "The workspace's channels, oldest first.",
    args: {
      filter: t.arg({ type: channelFilter, description: "Only channels for which everything given holds." }),
      ...t.arg.connectionArgs(),
    },
    ...readBy(listChannels, workspaceListCost),
  }),
  integrations: t.field({
    type: "IntegrationConnection",
    nullable: true,
    description: "The workspace's integrations, oldest first.",
    args: t.arg.connectionArgs(),
    ...readBy(listIntegrations, workspaceListCost),
  }),
}));
