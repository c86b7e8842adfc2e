import type { Customer, Member } from "../../prisma/generated/client/client.ts";
import { typeOf } from "../reading/loaders.ts";
import { builder } from "./builder.ts";

export const actor = builder.interfaceRef<Member | Customer>("Actor").implement({
  description: "Who takes part in a conversation or writes a message: a member or a customer.",
  interfaces: [builder.nodeInterfaceRef()],
  resolveType: (record) => typeOf(record),
  fields: (t) => ({
    displayName: t.string({ description: "What to show for it, whichever it is." }),
  }),
});
