import { customers, members, participants, recordBehind } from "../reading/loaders.ts";
import { actor } from "./actor.ts";
import { builder } from "./builder.ts";
import { connectionOf } from "./connection.ts";
import { nodeBy } from "./node.ts";

const ref = builder.prismaObject("Participant", {
  description: "A member or a customer in a conversation.",
  fields: (t) => ({
    actor: t.field({
      type: actor,
      description: "Who takes part.",
      resolve: ({ memberId, customerId }, _, context) =>
        memberId ? recordBehind(members(context), memberId) : recordBehind(customers(context), customerId as string),
    }),
    joinedAt: t.expose("joinedAt", { type: "DateTime", description: "Since when." }),
  }),
});

builder.nodeRef(ref, nodeBy(participants));

connectionOf("Participant", "participants", "How many take part.");
