import { participant } from "../reading/conversation-fields.ts";
import { participants } from "../reading/loaders.ts";
import { actor } from "./actor.ts";
import { builder } from "./builder.ts";
import { connectionOf } from "./connection.ts";
import { nodeBy } from "./node.ts";
import { read } from "./read.ts";

const ref = builder.prismaObject("Participant", {
  description: "A member or a customer in a conversation.",
  fields: (t) => ({
    actor: t.field({
      type: actor,
      description: "Who takes part.",
      ...read(participant),
    }),
    joinedAt: t.expose("joinedAt", { type: "DateTime", description: "Since when." }),
  }),
});

builder.nodeRef(ref, nodeBy(participants));

connectionOf("Participant", "participants", "How many take part.");
