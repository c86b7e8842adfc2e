import { deleteMessage } from "../messages/delete-message.ts";
import { markRead } from "../messages/mark-read.ts";
import { updateMessage } from "../messages/update-message.ts";
import { deleteMessageRules, markReadRules, updateMessageRules } from "../rules/message-input.ts";
import { builder } from "./builder.ts";
import { metadataMode } from "./enums.ts";
import { attachmentInput, localizedTextInput } from "./message-inputs.ts";
import { payloadOf } from "./payload-of.ts";
import { sameFields } from "./same-fields.ts";

builder.relayMutationField(
  "updateMessage",
  {
    description: "The message, and its changes: at least one. An omitted field stays as it is.",
    inputFields: (t) => ({
      id: t.id({ required: true, description: "The id of the message." }),
      text: t.string({
        description:
          "The new text, in a language that is not said: 1 to 10,000 characters. It replaces all content; null leaves the attachments alone.",
      }),
      content: t.field({
        type: [localizedTextInput],
        description: "The new text in its original language, then its translations. Not together with text.",
      }),
      attachments: t.field({ type: [attachmentInput], description: "The new attachments, instead of all there were." }),
      metadata: t.field({
        type: "JSONObject",
        description:
          "Merged into its metadata (JSON Merge Patch, RFC 7396): a null value removes its key; null itself empties all.",
      }),
      metadataMode: t.field({ type: metadataMode, description: "How the metadata is changed: MERGE if omitted." }),
      expectedRevision: t.int({
        description: "The revision that the change is meant for. When the message has another, it is a CONFLICT.",
      }),
    }),
  },
  {
    description:
      "Changes a message that this key's integration sent. Its former content stays readable as a revision. Needs `connect360:conversation:engage`.",
    extensions: { operation: updateMessage },
    resolve: (done, { input }, context) =>
      payloadOf(done, updateMessage) ?? updateMessage(context, sameFields(updateMessageRules, input)),
  },
  {
    description: "The result of `updateMessage`.",
    outputFields: (t) => ({
      message: t.expose("message", { type: "Message", description: "The message as it is now." }),
    }),
  },
);

builder.relayMutationField(
  "deleteMessage",
  {
    description: "The message to delete.",
    inputFields: (t) => ({ id: t.id({ required: true, description: "The id of the message." }) }),
  },
  {
    description:
      "Redacts a message: its content, former content and metadata are gone, its number and place stay. Only the integration that sent it, or that owns the conversation, may. Needs `connect360:conversation:delete`.",
    extensions: { operation: deleteMessage },
    resolve: (done, { input }, context) =>
      payloadOf(done, deleteMessage) ?? deleteMessage(context, sameFields(deleteMessageRules, input)),
  },
  {
    description: "The result of `deleteMessage`.",
    outputFields: (t) => ({
      message: t.expose("message", { type: "Message", description: "The message without its content." }),
    }),
  },
);

builder.relayMutationField(
  "markRead",
  {
    description: "A participant, and the last message that this participant has read.",
    inputFields: (t) => ({
      conversationId: t.id({ required: true, description: "The id of the conversation." }),
      upTo: t.id({ description: "The id of the last message read. Without: all there is." }),
      customerId: t.id({ description: "The id of the customer who has read. Omitted: the API key's member." }),
    }),
  },
  {
    description: "Notes how far a participant has read, only ever forward. Needs `connect360:conversation:engage`.",
    extensions: { operation: markRead },
    resolve: (done, { input }, context) =>
      payloadOf(done, markRead) ?? markRead(context, sameFields(markReadRules, input)),
  },
  {
    description: "The result of `markRead`.",
    outputFields: (t) => ({
      participant: t.expose("participant", { type: "Participant", description: "The participant who has read." }),
    }),
  },
);
