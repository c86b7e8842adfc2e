import { followEvents } from "../events/follow-events.ts";
import { type EventBatch, readBatch } from "../events/read-batch.ts";
import { eventBatch } from "../pricing/cost.ts";
import { builder } from "./builder.ts";
import { eventFilter } from "./event.ts";

const batch = builder.objectRef<EventBatch>("EventBatch").implement({
  description: "Events that happened one after another.",
  fields: (t) => ({
    nodes: t.field({
      type: ["Event"],
      description: "The events, in the order of commit. There may be none: the cursor has moved all the same.",
      extensions: { cost: { rows: 0, records: 1 } },
      resolve: ({ nodes }) => nodes,
    }),
    cursor: t.exposeString("cursor", {
      description: "How far the log was looked through. After a cut, go on with it as `after`.",
    }),
    caughtUp: t.exposeBoolean("caughtUp", { description: "Whether the log ended there." }),
  }),
});

builder.subscriptionType({
  description:
    "What can be followed, as a stream of server-sent events (`Accept: text/event-stream`). It needs the permission `connect360:conversation:read`, from the first batch to the last.",
});

builder.subscriptionField("events", (t) =>
  t.field({
    type: batch,
    description:
      "What happens in the workspace, in the order of commit, while it happens: every event at least once. A first batch comes at once, then one whenever something happens, and every 25 seconds an empty one.",
    args: {
      after: t.arg.string({ description: "Only events after this cursor. Without: from now on." }),
      filter: t.arg({ type: eventFilter, description: "Only events for which everything given holds." }),
      first: t.arg.int({ description: "How many events a batch may have: 1 to 100, 100 if omitted." }),
    },
    extensions: { cost: eventBatch },
    subscribe: (_root, args, context) => followEvents(context, args),
    resolve: (step, args, context) => readBatch(context, args, step),
  }),
);
