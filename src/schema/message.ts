import type { MessageRevision } from "../../prisma/generated/client/client.ts";
import { longValueCost } from "../pricing/field-cost.ts";
import { loaders } from "../reading/loaders.ts";
import * as fields from "../reading/message-fields.ts";
import { revisions } from "../reading/message-revisions.ts";
import { defaultPageSize } from "../reading/page.ts";
import { type Attachments, maxAttachments, maxLanguages } from "../rules/message-input.ts";
import { actor } from "./actor.ts";
import { builder } from "./builder.ts";
import { connectionOf } from "./connection-of.ts";
import { messageVisibility } from "./enums.ts";
import { messageFilter } from "./message-filter.ts";
import { nodeBy } from "./node.ts";
import { readBy } from "./read-by.ts";

const localizedText = builder.objectRef<{ language: string | null; text: string }>("LocalizedText").implement({
  description: "A text, and the language that it is in.",
  fields: (t) => ({
    language: t.exposeString("language", {
      nullable: true,
      description: "Language tag (BCP 47), such as `en`, `ar` or `zh-Hant`; null when it was not said.",
    }),
    text: t.exposeString("text", { description: "The text as it was sent: 1 to 10,000 characters." }),
  }),
});

const attachment = builder.objectRef<Attachments[number]>("Attachment").implement({
  description: "A file that was sent along. It is held elsewhere.",
  fields: (t) => ({
    url: t.exposeString("url", { description: "The https URL where it is held." }),
    name: t.exposeString("name", { nullable: true, description: "Its name for people, such as `invoice.pdf`." }),
    mediaType: t.exposeString("mediaType", { nullable: true, description: "Its media type, such as `image/png`." }),
    byteSize: t.expose("byteSize", { type: "SafeInt", nullable: true, description: "Its size in bytes." }),
  }),
});

const messageRevision = builder.objectRef<MessageRevision>("MessageRevision").implement({
  description: "A former content of a message, before a change.",
  fields: (t) => ({
    revision: t.exposeInt("revision", { description: "The message's revision at that time: 0 for what was sent." }),
    content: t.field({
      type: [localizedText],
      description: "Its content then: the original first, then its translations.",
      ...readBy(fields.content, { rows: maxLanguages, records: 1 }),
    }),
    attachments: t.field({
      type: [attachment],
      description: "The files that were attached.",
      ...readBy(fields.attachments, { rows: maxAttachments, records: 1 }),
    }),
    editedAt: t.expose("editedAt", { type: "DateTime", description: "When it was changed, until when it said this." }),
    integration: t.field({
      type: "Integration",
      nullable: true,
      description: "The integration that changed it.",
      ...readBy(fields.integration),
    }),
  }),
});

const ref = builder.prismaObject("Message", {
  description: "Something said in a conversation.",
  fields: (t) => ({
    number: t.exposeInt("number", {
      description:
        "Its number in the conversation: 1, 2, 3… in the order of commit. A client that has read up to a number has every message up to it.",
    }),
    conversation: t.field({
      type: "Conversation",
      description: "Where it was said.",
      ...readBy(fields.conversation),
    }),
    author: t.field({
      type: actor,
      nullable: true,
      description: "The member or customer who wrote it. Null if no person did, as for a notice.",
      ...readBy(fields.author),
    }),
    integration: t.field({
      type: "Integration",
      nullable: true,
      description: "The integration that sent it.",
      ...readBy(fields.integration),
    }),
    channel: t.field({
      type: "Channel",
      nullable: true,
      description: "The channel it came over, null when that was not said.",
      ...readBy(fields.channel),
    }),
    visibility: t.expose("visibility", {
      type: messageVisibility,
      description: "The people who may see it. Never changes.",
    }),
    text: t.exposeString("text", {
      description: "Its plain text in the original language. Empty if it has only attachments, or was redacted.",
      extensions: { cost: longValueCost },
    }),
    content: t.field({
      type: [localizedText],
      description: "Its content in at most 10 languages: the original first, then its translations.",
      ...readBy(fields.content, { rows: maxLanguages, records: 1 }),
    }),
    attachments: t.field({
      type: [attachment],
      description: "The files sent along: at most 10.",
      ...readBy(fields.attachments, { rows: maxAttachments, records: 1 }),
    }),
    metadata: t.expose("metadata", {
      type: "JSONObject",
      extensions: { cost: longValueCost },
      description: "Data that clients keep with it: a JSON object of at most 16 KiB and 10 levels.",
    }),
    idempotencyKey: t.exposeString("idempotencyKey", {
      nullable: true,
      description: "The key that it was sent with, by which its sender knows it again.",
    }),
    parent: t.field({
      type: "Message",
      nullable: true,
      description: "The message that it replies to. Needs `connect360:conversation:read`.",
      ...readBy(fields.parent),
    }),
    replies: t.field({
      type: "MessageConnection",
      nullable: true,
      description: "The replies to it, oldest first. Needs `connect360:conversation:read`; null without.",
      args: {
        filter: t.arg({ type: messageFilter, description: "Which replies to list." }),
        ...t.arg.connectionArgs(),
      },
      ...readBy(fields.replies),
    }),
    revision: t.exposeInt("revision", {
      description: "How often it was changed. As `expectedRevision`, it keeps a change from overwriting another.",
    }),
    revisions: t.field({
      type: [messageRevision],
      nullable: true,
      description:
        "Its former contents, newest first: the last 100. Needs `connect360:conversation:read`; null without.",
      args: { first: t.arg.int({ description: "How many: 0 to 100, 30 if omitted." }) },
      ...readBy(revisions, { rows: ({ first }) => Math.max(0, (first ?? defaultPageSize) as number) }),
    }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When it was said." }),
    editedAt: t.expose("editedAt", {
      type: "DateTime",
      nullable: true,
      description: "When its content last changed; null while it is as it was sent.",
    }),
    deletedAt: t.expose("deletedAt", {
      type: "DateTime",
      nullable: true,
      description: "When it was redacted: since then it says nothing. Null for all others.",
    }),
  }),
});

builder.nodeRef(ref, nodeBy(loaders.Message));

connectionOf(
  "Message",
  "messages",
  "messages the filter lets through: of the conversation, those of sub-conversations not included, or in reply to a message",
);
