import { eventCursor, listEvents } from "../events/list-events.ts";
import { eventListCost } from "../pricing/field-cost.ts";
import { builder } from "./builder.ts";
import { eventFilter } from "./event.ts";
import { readBy } from "./read-by.ts";

builder.queryFields((t) => ({
  eventCursor: t.string({
    description:
      "Where the log of events ends now. Ask for it first, then read lists, then ask for the events after it: nothing falls between.",
    ...readBy(eventCursor, { rows: 1 }),
  }),
  events: t.field({
    type: "EventConnection",
    nullable: true,
    description:
      "What happened in the workspace, in the order of commit. A client that passes the last cursor again and again gets every event. A cursor that is older than what is kept is BAD_USER_INPUT `CURSOR_EXPIRED`, with the `oldestCursor`.",
    args: {
      filter: t.arg({ type: eventFilter, description: "Only events for which everything given holds." }),
      ...t.arg.connectionArgs(),
    },
    ...readBy(listEvents, eventListCost),
  }),
}));
