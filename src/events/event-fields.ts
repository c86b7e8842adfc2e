import { type Event, Prisma } from "../../prisma/generated/client/client.ts";
import { encodeGlobalId } from "../global-id.ts";
import { concatenate, orNull } from "../reading/json-text.ts";
import type { Reader } from "../reading/reader.ts";
import { toActor, toOne } from "../reading/to-one.ts";

const { sql } = Prisma;

export const integration = toOne("Integration", "integrationId");
export const member = toOne("Member", "memberId");
export const conversation = toOne("Conversation", "conversationId");
export const message = toOne("Message", "messageId");
export const channel = toOne("Channel", "channelId");
export const customer = toOne("Customer", "customerId");
const subject = toActor("subjectMemberId", "customerId");

/** The member or the customer whom the event is about. */
export const actor: typeof subject = { ...subject, sql: (field) => orNull(subject.sql(field)) };

/** The id of the actor, even if the actor was deleted. */
export const actorId: Reader<Event, unknown, string | null> = {
  resolve({ subjectMemberId, customerId }) {
    if (subjectMemberId) return encodeGlobalId("Member", subjectMemberId);
    return customerId && encodeGlobalId("Customer", customerId);
  },
  sql({ row }) {
    const [member, customer] = [row.column("subjectMemberId"), row.column("customerId")];
    return sql`coalesce(${concatenate(['"member_', member, '"'])}, ${concatenate(['"customer_', customer, '"'])}, 'null')`;
  },
};

/** The number of the event in the log. */
export const number: Reader<Event, unknown, number> = {
  resolve: (event) => Number(event.number),
  sql: ({ row }) => sql`${row.column("number")}::text`,
};

/** The id of a record that may be gone. */
function idOf(type: "conversation" | "message"): Reader<Event, unknown, string | null> {
  const column = `${type}Id` as const;
  return {
    resolve: ({ [column]: id }) => id && `${type}_${id}`,
    sql: ({ row }) => orNull(concatenate([`"${type}_`, row.column(column), '"'])),
  };
}

export const conversationId = idOf("conversation");
export const messageId = idOf("message");
