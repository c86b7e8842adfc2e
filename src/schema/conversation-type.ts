import { builder } from "./builder.ts";

export const conversationType = builder.enumType("ConversationType", {
  description: "How a conversation is meant.",
  values: {
    DIRECT: { description: "A conversation of one customer with the workspace, or of a fixed set of members." },
    GROUP: { description: "Among several, such as around an order or a topic." },
  },
});
