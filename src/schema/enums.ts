import { builder } from "./builder.ts";

// The enums that several files of the schema use.

export const conversationType = builder.enumType("ConversationType", {
  description: "How a conversation is meant.",
  values: {
    DIRECT: { description: "A conversation of one customer with the workspace, or of a fixed set of members." },
    GROUP: { description: "Among several, such as around an order or a topic." },
  },
});

export const messageVisibility = builder.enumType("MessageVisibility", {
  description: "The people who may see a message.",
  values: {
    PUBLIC: { description: "Everybody in the conversation." },
    INTERNAL: { description: "The workspace alone. It is shown where it is asked for, and never to a customer." },
  },
});

export const metadataMode = builder.enumType("MetadataMode", {
  description: "How metadata that is given meets the metadata that is there.",
  values: {
    MERGE: { description: "It is merged (JSON Merge Patch, RFC 7396): a null value removes its key." },
    REPLACE: { description: "It takes its place." },
  },
});
