import { type Event, Prisma } from "../../prisma/generated/client/client.ts";
import { requirePermission } from "../caller.ts";
import type { Context } from "../context.ts";
import { parameter } from "../reading/parameter.ts";
import { type EventFilter, parseBatchSize, parseEventFilter } from "../rules/event-filter.ts";
import { cursorExpired, eventCursorAt, eventPositionOf } from "./event-order.ts";
import { type LogEnds, readLogEnds } from "./read-log-ends.ts";

const { sql, empty } = Prisma;

export interface FollowArgs {
  after?: string | null;
  filter?: unknown;
  first?: number | null;
}

/** The events that follow a cursor, up to the next one. */
export interface EventBatch {
  readonly nodes: Event[];
  readonly cursor: string;
  /** Whether the log ended there. */
  readonly caughtUp: boolean;
}

/** How far a stream has read. */
export interface Position {
  /** The number of the last event that was read. */
  after: bigint;
  caughtUp: boolean;
  /** Whether there may be later events. If not, nothing is read. */
  news: boolean;
  /** How many events the last batch had. */
  shown: number;
}

/** With a filter of types, a batch looks at so many events. */
const searched = 1_000;

/** Where a stream begins: at the cursor, or now. */
export async function startOf({ db, caller }: Context, { after }: FollowArgs): Promise<Position> {
  const { head, tail } = await readLogEnds(db, caller);
  const given = eventPositionOf(caller, after) ?? head;
  if (given < tail || given > head) throw cursorExpired(caller, tail);
  return { after: given, caughtUp: given >= head, news: given < head, shown: 0 };
}

/**
 * Reads the next batch and moves the position. With a filter of types it looks at a limited number of events, so a batch may be empty
 * before the end of the log.
 */
export async function readBatch(context: Context, args: FollowArgs, position: Position): Promise<EventBatch> {
  const { caller } = context;
  requirePermission(caller, "read");
  const nodes = position.news ? await readOn(context, args, position) : [];
  position.shown = nodes.length;
  return { nodes, cursor: eventCursorAt(caller, position.after), caughtUp: position.caughtUp };
}

/** Each row has the ends of the log, how many events were looked at, the number of the last of them, and an event or none. */
type Found = LogEnds & { looked: number; last: bigint | null } & (Event | { number: null });

async function readOn({ db, caller }: Context, args: FollowArgs, position: Position): Promise<Event[]> {
  const filter = parseEventFilter(args.filter);
  const size = parseBatchSize(args.first);
  const limit = filter.types ? searched : size;
  const workspace = parameter(caller.workspaceId, "uuid");
  // All in one statement, so that nothing is committed or pruned between its parts.
  const found = await db.$queryRaw<Found[]>`
    WITH looked AS MATERIALIZED (
      SELECT e.* FROM "Event" e
      WHERE e."workspaceId" = ${workspace} AND e.number > ${parameter(String(position.after), "bigint")} ${mayBeShown(filter)}
      ORDER BY e.number LIMIT ${parameter(limit, "int")}
    ), shown AS (SELECT * FROM looked WHERE ${isOfType(filter)} ORDER BY number LIMIT ${parameter(size, "int")})
    SELECT l.head, l.tail, (SELECT count(*)::int FROM looked) AS looked, (SELECT max(number) FROM looked) AS last, shown.*
    FROM "EventLog" l LEFT JOIN shown ON true
    WHERE l."workspaceId" = ${workspace} ORDER BY shown.number`;
  const [{ head, tail, looked, last }] = found as [Found, ...Found[]];
  if (position.after < tail || position.after > head) throw cursorExpired(caller, tail);
  const nodes = found.filter((row): row is Found & Event => row.number !== null);
  const isFull = nodes.length === size;
  const reached = isFull ? (nodes.at(-1) as Event).number : looked === limit ? (last as bigint) : head;
  Object.assign(position, { after: reached, caughtUp: reached >= head });
  return nodes;
}

/** Conditions that an index answers, so that no other events are looked at. */
function mayBeShown({ conversationId, includeInternal }: EventFilter): Prisma.Sql {
  const inConversation = conversationId ? sql`AND e."conversationId" = ${parameter(conversationId, "uuid")}` : empty;
  return includeInternal ? inConversation : sql`AND NOT e.internal ${inConversation}`;
}

function isOfType({ types }: EventFilter): Prisma.Sql {
  return types ? sql`type = ANY (${types}::"EventType"[])` : sql`true`;
}
