import { builder } from "./builder.ts";

export const conversationType = builder.enumType("ConversationType", {
  description: "How a conversation is meant.",
  values: {
    DIRECT: { description: "Between a customer, or a fixed set of members, and whoever serves them." },
    GROUP: { description: "Among several, such as around an order or a topic." },
  },
});
