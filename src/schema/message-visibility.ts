import { builder } from "./builder.ts";

export const messageVisibility = builder.enumType("MessageVisibility", {
  description: "The people who may see a message.",
  values: {
    PUBLIC: { description: "Everybody in the conversation." },
    INTERNAL: { description: "The workspace alone. It is shown where it is asked for, and never to a customer." },
  },
});
