import { type Event, Prisma } from "../../prisma/generated/client/client.ts";
import { encodeGlobalId } from "../global-id.ts";
import { concatenate, orNull } from "../reading/json-text.ts";
import type { Reader } from "../reading/reader.ts";
import { actor, toOne } from "../reading/to-one.ts";

const { sql } = Prisma;

export const by = { integration: toOne("Integration", "integrationId"), member: toOne("Member", "memberId") };
export const conversation = toOne("Conversation", "conversationId");
export const message = toOne("Message", "messageId");
export const channel = toOne("Channel", "channelId");
export const customer = toOne("Customer", "customerId");
const subject = actor("subjectMemberId", "customerId");

/** The member or the customer whom the event is about. */
export const who: typeof subject = { ...subject, sql: (field) => orNull(subject.sql(field)) };

/** The id of the same, who may be gone. */
export const whoId: Reader<Event, unknown, string | null> = {
  resolve({ subjectMemberId, customerId }) {
    if (subjectMemberId) return encodeGlobalId("Member", subjectMemberId);
    return customerId && encodeGlobalId("Customer", customerId);
  },
  sql({ row }) {
    const [member, customer] = [row.column("subjectMemberId"), row.column("customerId")];
    return sql`coalesce(${concatenate(['"member_', member, '"'])}, ${concatenate(['"customer_', customer, '"'])}, 'null')`;
  },
};

/** The place in the log. */
export const number: Reader<Event, unknown, number> = {
  resolve: (event) => Number(event.number),
  sql: ({ row }) => sql`${row.column("number")}::text`,
};

/** The id of the conversation or message, which may be gone. */
export function idOf(type: "conversation" | "message"): Reader<Event, unknown, string | null> {
  const column = `${type}Id` as const;
  return {
    resolve: ({ [column]: id }) => id && `${type}_${id}`,
    sql: ({ row }) => orNull(concatenate([`"${type}_`, row.column(column), '"'])),
  };
}
