import { participants } from "../reading/loaders.ts";
import { maxUnread, takesPart, unreadCount } from "../reading/participant-fields.ts";
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
      description: "The member or customer who takes part.",
      ...read(takesPart),
    }),
    lastReadNumber: t.exposeInt("lastReadNumber", {
      description: "The number of the last message that was read, as `markRead` says; 0 before the first.",
    }),
    unreadCount: t.int({
      description:
        "Messages of others after the last one read that were not deleted; for a customer PUBLIC ones. Of what follows, 100 messages are looked at: 100 means that there are so many or more.",
      ...read(unreadCount, { rows: maxUnread }),
    }),
    joinedAt: t.expose("joinedAt", { type: "DateTime", description: "Since when." }),
  }),
});

builder.nodeRef(ref, nodeBy(participants));

connectionOf("Participant", "participants", "take part");
