import { followEvents } from "../events/follow-events.ts";
import { type EventBatch, readBatch } from "../events/read-batch.ts";
import { eventBatchCost } from "../pricing/field-cost.ts";
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
      description: "The place up to which the log was read. After a lost connection, pass it as `after`.",
    }),
    caughtUp: t.exposeBoolean("caughtUp", { description: "Whether the log ended at this cursor." }),
  }),
});

builder.subscriptionType({
  description:
    "Subscriptions are streams of server-sent events (`Accept: text/event-stream`). They need the permission `connect360:conversation:read` as long as they last.",
});

builder.subscriptionField("events", (t) =>
  t.field({
    type: batch,
    description:
      "Sends the events of the workspace as they happen, in the order of commit, each at least once. The first batch comes at once, then one comes whenever something happens. After 25 seconds without an event comes an empty one, whose cursor tells how far the log was looked through.",
    args: {
      after: t.arg.string({
        description: "The events after this cursor are sent. If omitted, the stream begins at the end of the log.",
      }),
      filter: t.arg({ type: eventFilter, description: "Only events for which everything given holds." }),
      first: t.arg.int({ description: "How many events a batch may have: 1 to 100, 100 if omitted." }),
    },
    extensions: { cost: eventBatchCost },
    subscribe: (_root, args, context) => followEvents(context, args),
    resolve: (step, args, context) => readBatch(context, args, step),
  }),
);
