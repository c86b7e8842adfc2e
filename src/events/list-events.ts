import { type Event, Prisma } from "../../prisma/generated/client/client.ts";
import type { Caller } from "../caller.ts";
import type { Context } from "../context.ts";
import { cursorSql } from "../reading/cursor.ts";
import { concatenate } from "../reading/json-text.ts";
import { ownedList } from "../reading/owned-list.ts";
import type { Page, PageArgs } from "../reading/page.ts";
import { parameter } from "../reading/parameter.ts";
import { needsRead, type Reader, type RootReader } from "../reading/reader.ts";
import { workspaceList } from "../reading/workspace-list.ts";
import { parseEventFilter } from "../rules/event-filter.ts";
import { cursorExpired, eventCursorAt, eventOrder, eventPositionOf } from "./event-order.ts";
import { readLogEnds } from "./read-log-ends.ts";

const { sql, join } = Prisma;

const isPublic = sql`NOT r.internal`;

type ListArgs = PageArgs & { filter?: unknown };

const pages = workspaceList<"Event", ListArgs>("Event", (args) => {
  const { types, conversationId, includeInternal } = parseEventFilter(args.filter);
  return {
    order: eventOrder,
    all: includeInternal ? undefined : isPublic,
    filter: types && sql`r.type = ANY (${types}::"EventType"[])`,
    isSearch: types !== undefined,
    ...(conversationId && { owner: { column: "conversationId", value: parameter(conversationId, "uuid") } }),
  };
});

/** The events of the workspace in the order of commit. Throws CURSOR_EXPIRED if events after the cursors were pruned. */
export const listEvents: RootReader<ListArgs, Page<Event>> = {
  async resolve(root, args, context) {
    const page = await pages.resolve(root, args, context);
    await requireKept(context, args);
    return page;
  },
  async sql(field) {
    const page = await pages.sql(field);
    const { caller } = field.context;
    const { after, before } = positionsOf(caller, field.args);
    if (after === undefined && before === undefined) return page;
    const isKept = [after, before && before - 1n].flatMap((number) =>
      number === undefined ? [] : [sql`${parameter(String(number), "bigint")} >= tail`],
    );
    return sql`CASE WHEN (SELECT ${join(isKept, " AND ")} FROM (
      SELECT coalesce(max(tail), 0) AS tail FROM "EventLog" WHERE "workspaceId" = ${parameter(caller.workspaceId, "uuid")}
    ) AS log) THEN ${page} END`;
  },
};

function positionsOf(caller: Caller, { after, before }: PageArgs) {
  return { after: eventPositionOf(caller, after), before: eventPositionOf(caller, before, "before") };
}

/** It runs after the page was read, so that it notices events that were pruned meanwhile. */
async function requireKept({ db, caller }: Context, args: PageArgs): Promise<void> {
  const { after, before } = positionsOf(caller, args);
  if (after === undefined && before === undefined) return;
  const { tail } = await readLogEnds(db, caller);
  if (after !== undefined && after < tail) throw cursorExpired(caller, tail);
  if (before !== undefined && tail > 0n && before <= tail) throw cursorExpired(caller, tail, "before");
}

/** The cursor at the end of the log. A client that later asks for the events after it misses nothing. */
export const eventCursor: RootReader<unknown, string> = needsRead({
  async resolve(_root, _args, { db, caller }) {
    return eventCursorAt(caller, (await readLogEnds(db, caller)).head);
  },
  sql(field) {
    const workspace = parameter(field.context.caller.workspaceId, "uuid");
    const log = field.newRow();
    return sql`(SELECT ${concatenate(['"', cursorSql(eventOrder, workspace, log.alias), '"'])} FROM (
      SELECT coalesce(max(head), 0) AS number FROM "EventLog" WHERE "workspaceId" = ${workspace}) AS ${log.alias})`;
  },
});

/** The events of a conversation in the order of commit, without those of INTERNAL messages. */
export const eventsOfConversation: Reader<{ id: string }, PageArgs, Page<Event>> = needsRead(
  ownedList({
    table: "Event",
    ownerColumn: "conversationId",
    order: eventOrder,
    condition: isPublic,
  }),
);
