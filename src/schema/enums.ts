import { builder } from "./builder.ts";

// The enums that several files of the schema use.

export const conversationType = builder.enumType("ConversationType", {
  description: "The type of a conversation.",
  values: {
    DIRECT: { description: "A conversation of one customer with the workspace, or of a fixed set of members." },
    GROUP: { description: "A conversation among several, for example on an order or a topic." },
  },
});

export const messageVisibility = builder.enumType("MessageVisibility", {
  description: "The people who may see a message.",
  values: {
    PUBLIC: { description: "Everybody in the conversation." },
    INTERNAL: {
      description:
        "The workspace alone. Lists contain such messages only if a filter asks for them. A customer never sees them.",
    },
  },
});

export const metadataMode = builder.enumType("MetadataMode", {
  description: "How given metadata changes the stored metadata.",
  values: {
    MERGE: {
      description: "It is merged into the stored metadata (JSON Merge Patch, RFC 7396): a null value removes its key.",
    },
    REPLACE: { description: "It replaces the stored metadata." },
  },
});
