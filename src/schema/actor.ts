import type { Customer, Member } from "../../prisma/generated/client/client.ts";
import { typeOf } from "../reading/loaders.ts";
import { builder } from "./builder.ts";

export const actor = builder.interfaceRef<Member | Customer>("Actor").implement({
  description: "A member or a customer, as one who takes part in a conversation or writes a message.",
  interfaces: [builder.nodeInterfaceRef()],
  resolveType: (record) => typeOf(record),
  fields: (t) => ({
    displayName: t.string({ description: "The name to show for the member or the customer." }),
  }),
});
