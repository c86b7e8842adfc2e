import { eventsOfConversation } from "../events/list-events.ts";
import { longValueCost, usualChannels, wholeListCost } from "../pricing/field-cost.ts";
import * as fields from "../reading/conversation-fields.ts";
import { descendants, maxLookedAt, maxTree, viewerCanDeleteTree } from "../reading/descendants.ts";
import { loaders } from "../reading/loaders.ts";
import { lastMessage, messages } from "../reading/message-fields.ts";
import { sameRecord } from "../reading/reader.ts";
import { entriesPerRow } from "../reading/total.ts";
import { builder } from "./builder.ts";
import { connectionOf } from "./connection-of.ts";
import { conversationCounts } from "./conversation-counts.ts";
import { conversationType } from "./enums.ts";
import { messageFilter } from "./message-filter.ts";
import { nodeBy } from "./node.ts";
import { readBy } from "./read-by.ts";

const ref = builder.prismaObject("Conversation", {
  description:
    "A conversation of the workspace. A customer has at most one at the top; orders and topics are conversations below it, at most 10 levels deep.",
  fields: (t) => ({
    type: t.expose("type", { type: conversationType, description: "The kind of the conversation." }),
    name: t.exposeString("name", { nullable: true, description: "Its name: 1 to 200 characters, or null." }),
    metadata: t.expose("metadata", {
      type: "JSONObject",
      extensions: { cost: longValueCost },
      description: "Data that clients keep with it: a JSON object of at most 16 KiB and 10 levels.",
    }),
    parent: t.field({
      type: "Conversation",
      nullable: true,
      description: "The conversation above, null at the top. Needs `connect360:conversation:read`.",
      ...readBy(fields.parent),
    }),
    ancestors: t.field({
      type: ["Conversation"],
      nullable: true,
      description:
        "The conversations above, from the top down to the parent: at most 9. Needs `connect360:conversation:read`; null without.",
      ...readBy(fields.ancestors, { rows: fields.maxAncestors }),
    }),
    depth: t.int({
      description: "How many conversations stand above: 0 at the top, at most 9.",
      ...readBy(fields.depth, { rows: fields.maxAncestors }),
    }),
    customer: t.field({
      type: "Customer",
      nullable: true,
      description: "The customer it is with, or null among members only.",
      ...readBy(fields.customer),
    }),
    owner: t.field({
      type: "Integration",
      nullable: true,
      description: "The integration that owns its lifecycle, the only one that may delete it; null when none does.",
      ...readBy(fields.owner),
    }),
    channels: t.field({
      type: ["Channel"],
      description: "The channels on which it takes place, oldest first: at most 100.",
      ...readBy(fields.channels, { rows: usualChannels }),
    }),
    participants: t.field({
      type: "ParticipantConnection",
      description: "The members and customers who take part, in the order in which they joined.",
      args: t.arg.connectionArgs(),
      ...readBy(fields.participants),
    }),
    counts: t.field({
      type: conversationCounts,
      description: "The numbers of the records that belong to it.",
      ...readBy(sameRecord),
    }),
    children: t.field({
      type: "ConversationConnection",
      nullable: true,
      description: "Its direct sub-conversations, newest first. Needs `connect360:conversation:read`; null without.",
      args: t.arg.connectionArgs(),
      ...readBy(fields.children),
    }),
    descendants: t.field({
      type: "ConversationConnection",
      nullable: true,
      description:
        "All that stands below it, level by level and on each level in the order of creation; each node tells its `depth`. Of a tree of more than 10,000, those next to it. Needs `connect360:conversation:read`; null without.",
      args: {
        maxDepth: t.arg.int({ description: "How many levels below it: 1 to 9, 9 if omitted." }),
        ...t.arg.connectionArgs(),
      },
      ...readBy(descendants, wholeListCost(maxTree)),
    }),
    messages: t.field({
      type: "MessageConnection",
      nullable: true,
      description:
        "The messages, newest first: PUBLIC ones unless the filter says otherwise. Needs `connect360:conversation:read`; null without.",
      args: {
        filter: t.arg({ type: messageFilter, description: "Which messages to list." }),
        ...t.arg.connectionArgs(),
      },
      ...readBy(messages),
    }),
    events: t.field({
      type: "EventConnection",
      nullable: true,
      description:
        "What happened to it, in the order of commit, without INTERNAL messages. Needs `connect360:conversation:read`; null without.",
      args: t.arg.connectionArgs(),
      ...readBy(eventsOfConversation),
    }),
    lastMessage: t.field({
      type: "Message",
      nullable: true,
      description: "The last PUBLIC message, null before the first. Needs `connect360:conversation:read`.",
      ...readBy(lastMessage, { rows: 2, records: 1 }),
    }),
    lastMessageNumber: t.exposeInt("lastMessageNumber", {
      description: "The number of its last message, PUBLIC or INTERNAL; 0 before the first.",
    }),
    revision: t.exposeInt("revision", {
      description:
        "How often its name, metadata or place was changed. As `expectedRevision`, it keeps a change from overwriting another.",
    }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When it was created." }),
    updatedAt: t.expose("updatedAt", {
      type: "DateTime",
      description: "When its name, metadata or place last changed; at first, when it was created.",
    }),
    lastActivityAt: t.expose("lastActivityAt", {
      type: "DateTime",
      description: "When the last PUBLIC message came; before the first, when it was created.",
    }),
    treeLastActivityAt: t.expose("treeLastActivityAt", {
      type: "DateTime",
      nullable: true,
      description:
        "When the last PUBLIC message came in a top-level conversation or anywhere below it, or a sub-conversation was opened there. A conversation that is moved there brings its time along. Never goes back. Null below the top.",
    }),
    viewerCanDelete: t.boolean({
      description: "Whether this API key may delete it: it has the permission, and its integration is the owner.",
      ...readBy(fields.viewerCanDelete),
    }),
    viewerCanUpdate: t.boolean({
      description: "Whether this API key may change it: it has the permission `connect360:conversation:engage`.",
      ...readBy(fields.viewerCanUpdate),
    }),
    viewerCanDeleteTree: t.boolean({
      nullable: true,
      description:
        "Whether this API key may delete it with all that stands below it: its integration owns every one. Null where there are more than 1,000. Needs `connect360:conversation:read`; null without.",
      ...readBy(viewerCanDeleteTree, { rows: maxLookedAt / entriesPerRow, records: 1 }),
    }),
  }),
});

builder.nodeRef(ref, nodeBy(loaders.Conversation));

connectionOf("Conversation", "conversations", "conversations the whole list has");
