import type { Conversation, Customer } from "../../prisma/generated/client/client.ts";
import { foldText } from "../../src/fold-text.ts";

// What the filters mean, over rows in memory.

type Json = unknown;

/** A conversation with what hangs on it; ids as clients have them. */
export interface Listed {
  id: string;
  row: Conversation;
  parentId: string | null;
  customer: { id: string; externalId: string | null } | null;
  memberIds: string[];
  channels: { id: string; identifier: string }[];
  ownerId: string | null;
}

export interface Range {
  from?: Date | null;
  to?: Date | null;
}

export interface ConversationFilter {
  parentId?: string | null;
  type?: string | null;
  customerId?: string | null;
  customerExternalId?: string | null;
  memberId?: string | null;
  channelId?: string | null;
  channelIdentifier?: string | null;
  ownerId?: string | null;
  name?: string | null;
  metadata?: Json;
  createdAt?: Range | null;
  lastActivityAt?: Range | null;
}

export interface CustomerFilter {
  externalId?: string | null;
  email?: string | null;
  phone?: string | null;
  name?: string | null;
  metadata?: Json;
}

type Rule<T> = (value: NonNullable<T>) => boolean;

/** Whether everything that the filter gives holds; null is nothing given. */
function holds<Filter extends object>(filter: Filter, rules: { [K in keyof Filter]-?: Rule<Filter[K]> }): boolean {
  return (Object.keys(filter) as (keyof Filter)[]).every((key) => {
    const value = filter[key];
    return value === null || value === undefined || rules[key](value as NonNullable<Filter[typeof key]>);
  });
}

export function matches(conversation: Listed, { parentId = null, ...filter }: ConversationFilter): boolean {
  const { row, customer } = conversation;
  const rules = {
    type: (type: string) => row.type === type,
    customerId: (id: string) => customer?.id === id,
    customerExternalId: (externalId: string) => customer?.externalId === externalId,
    memberId: (id: string) => conversation.memberIds.includes(id),
    channelId: (id: string) => conversation.channels.some((channel) => channel.id === id),
    channelIdentifier: (hostname: string) => conversation.channels.some(({ identifier }) => identifier === hostname),
    ownerId: (id: string) => conversation.ownerId === id,
    name: (part: string) => hasPart(row.name, part),
    metadata: (part: Json) => contains(row.metadata, part),
    createdAt: (range: Range) => isWithin(row.createdAt, range),
    lastActivityAt: (range: Range) => isWithin(row.lastActivityAt, range),
  };
  return conversation.parentId === parentId && holds(filter, rules);
}

export function matchesCustomer(customer: Customer, filter: CustomerFilter): boolean {
  return holds(filter, {
    externalId: (externalId) => customer.externalId === externalId,
    email: (email) => customer.email?.toLowerCase() === email.toLowerCase(),
    phone: (phone) => customer.phone === phone,
    name: (part) => hasPart(customer.name, part),
    metadata: (part) => contains(customer.metadata, part),
  });
}

/** One or two characters are looked for at the beginning only. */
function hasPart(text: string | null, part: string): boolean {
  if (text === null) return false;
  const [whole, wanted] = [foldText(text), foldText(part)];
  return [...wanted].length < 3 ? whole.startsWith(wanted) : whole.includes(wanted);
}

function isWithin(time: Date, { from, to }: Range): boolean {
  return (!from || time >= from) && (!to || time < to);
}

/** Containment of JSON as in https://www.postgresql.org/docs/current/datatype-json.html#JSON-CONTAINMENT. */
function contains(whole: Json, part: Json): boolean {
  if (Array.isArray(part))
    return Array.isArray(whole) && part.every((item) => whole.some((other) => contains(other, item)));
  if (typeof part !== "object" || part === null) return whole === part;
  if (typeof whole !== "object" || whole === null || Array.isArray(whole)) return false;
  return Object.entries(part).every(
    ([key, value]) => Object.hasOwn(whole, key) && contains(whole[key as never], value),
  );
}
