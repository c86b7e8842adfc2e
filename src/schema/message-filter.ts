import { builder } from "./builder.ts";
import { messageVisibility } from "./enums.ts";

export const messageFilter = builder.inputType("MessageFilter", {
  description: "Conditions on the messages to list.",
  fields: (t) => ({
    visibility: t.field({
      type: [messageVisibility],
      description: "Those of one of these visibilities, at least one: `[PUBLIC]` if omitted.",
    }),
  }),
});
