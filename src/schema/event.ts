import * as fields from "../events/event-fields.ts";
import { encodeGlobalId } from "../global-id.ts";
import { actor } from "./actor.ts";
import { builder } from "./builder.ts";
import { readBy } from "./read-by.ts";

const eventType = builder.enumType("EventType", {
  description: "The kinds of events. New values may come: a client should ignore those that it does not know.",
  values: {
    CONVERSATION_CREATED: { description: "A conversation was created." },
    CONVERSATION_UPDATED: { description: "The name or the metadata of a conversation changed." },
    CONVERSATION_MOVED: { description: "A conversation was moved under another one, or to the top." },
    CONVERSATION_DELETED: { description: "A conversation was deleted, with its participants and messages." },
    CHANNEL_LINKED: { description: "A channel became one of a conversation." },
    PARTICIPANT_JOINED: { description: "A member or a customer takes part in a conversation from now on." },
    PARTICIPANT_LEFT: { description: "A member or a customer no longer takes part in a conversation." },
    PARTICIPANT_READ: { description: "A participant has read further." },
    CUSTOMER_CREATED: { description: "A customer was created." },
    CUSTOMER_UPDATED: { description: "A customer's identity, name, image or metadata changed." },
    CUSTOMER_DELETED: { description: "An operator deleted a customer in the database. No operation of this API does." },
    MESSAGE_SENT: { description: "A message was sent." },
    MESSAGE_UPDATED: { description: "The content or the metadata of a message changed." },
    MESSAGE_DELETED: { description: "A message was redacted: its place stays, without content." },
  },
});

builder.prismaObject("Event", {
  description:
    "A committed change. It says which records changed, and not what was in them: `conversation`, `message` and the others are read as they are now, and are null if they were deleted.",
  extensions: { isRecord: true },
  fields: (t) => ({
    id: t.id({ description: "The event's id, unique.", resolve: ({ id }) => encodeGlobalId("Event", id) }),
    number: t.field({
      type: "SafeInt",
      description: "Its place: 1, 2, 3… in the workspace, in the order of commit.",
      ...readBy(fields.number),
    }),
    type: t.expose("type", { type: eventType, description: "The kind of the event." }),
    at: t.expose("at", { type: "DateTime", description: "When it was committed." }),
    integration: t.field({
      type: "Integration",
      nullable: true,
      description: "The integration that made the change. Null if it was not made through this API.",
      ...readBy(fields.integration),
    }),
    member: t.field({
      type: "Member",
      nullable: true,
      description: "The member for whom the change was made. Null if it was not made through this API.",
      ...readBy(fields.member),
    }),
    conversationId: t.id({
      nullable: true,
      description:
        "The id of the conversation in which it happened, even if that was deleted. Null for events of customers.",
      ...readBy(fields.conversationId),
    }),
    conversation: t.field({
      type: "Conversation",
      nullable: true,
      description: "The conversation as it is now; null when it was deleted.",
      ...readBy(fields.conversation),
    }),
    messageId: t.id({
      nullable: true,
      description: "The id of the message, even if that was deleted. Null for events of another kind.",
      ...readBy(fields.messageId),
    }),
    message: t.field({
      type: "Message",
      nullable: true,
      description: "The message as it is now; null for events of another kind, and when its conversation was deleted.",
      ...readBy(fields.message),
    }),
    channel: t.field({
      type: "Channel",
      nullable: true,
      description: "The channel that was linked; null for events of another kind.",
      ...readBy(fields.channel),
    }),
    customer: t.field({
      type: "Customer",
      nullable: true,
      description: "The customer who changed, joined, left or read. Null for events of another kind.",
      ...readBy(fields.customer),
    }),
    actor: t.field({
      type: actor,
      nullable: true,
      description:
        "The member or customer who joined, left or read, or the customer who changed. Null if that was deleted.",
      ...readBy(fields.actor),
    }),
    actorId: t.id({
      nullable: true,
      description: "The id of the actor, even if that was deleted. Null for events of another kind.",
      ...readBy(fields.actorId),
    }),
    changedFields: t.exposeStringList("changedFields", {
      description:
        "The names of the fields that changed, such as `name`, `content` or `parentId`; of metadata each key at the top, such as `metadata.priority`.",
    }),
    before: t.expose("before", {
      type: "JSONObject",
      nullable: true,
      description: "The former `name` and `parentId`, if they changed.",
    }),
  }),
});

builder.connectionObject(
  { type: "Event", name: "EventConnection", description: "A page of events." },
  { name: "EventEdge", description: "One of the events, and its position in the list." },
);

export const eventFilter = builder.inputType("EventFilter", {
  description: "Conditions on the events. All that are given have to hold; null is the same as omitted.",
  fields: (t) => ({
    types: t.field({ type: [eventType], description: "The event has one of these types: at least one." }),
    conversationId: t.id({ description: "It happened in this conversation, which may be deleted." }),
    includeInternal: t.boolean({ description: "Whether events of INTERNAL messages are included: false if omitted." }),
  }),
});
