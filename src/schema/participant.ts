import { loaders } from "../reading/loaders.ts";
import * as fields from "../reading/participant-fields.ts";
import { actor } from "./actor.ts";
import { builder } from "./builder.ts";
import { connectionOf } from "./connection-of.ts";
import { nodeBy } from "./node.ts";
import { readBy } from "./read-by.ts";

const ref = builder.prismaObject("Participant", {
  description: "A member or a customer in a conversation.",
  fields: (t) => ({
    actor: t.field({
      type: actor,
      description: "The member or customer who takes part.",
      ...readBy(fields.actor),
    }),
    lastReadNumber: t.exposeInt("lastReadNumber", {
      description: "The number of the last message that was read, as `markRead` says; 0 before the first.",
    }),
    unreadCount: t.int({
      description:
        "Messages of others after the last one read that were not deleted; for a customer PUBLIC ones. Of what follows, 100 messages are looked at: 100 means that there are so many or more.",
      ...readBy(fields.unreadCount, { rows: fields.maxUnread }),
    }),
    joinedAt: t.expose("joinedAt", { type: "DateTime", description: "Since when." }),
  }),
});

builder.nodeRef(ref, nodeBy(loaders.Participant));

connectionOf("Participant", "participants", "take part");
