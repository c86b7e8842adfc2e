import { builder } from "./builder.ts";

export const actor = builder.unionType("Actor", {
  description: "Who takes part in a conversation or writes a message.",
  types: ["Member", "Customer"],
  resolveType: (actor) => ("email" in actor ? "Customer" : "Member"),
});
