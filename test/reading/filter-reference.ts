import type { Conversation, Customer } from "../../prisma/generated/client/client.ts";
import { foldText } from "../../src/fold-text.ts";
import { encodeGlobalId } from "../../src/global-id.ts";

// The meaning of the filters, on rows in memory.

type Json = unknown;

/** A conversation with what hangs on it; ids as clients have them. */
export interface Listed {
  id: string;
  row: Conversation;
  parentId: string | null;
  customer: { id: string; externalId: string | null; name: string | null; email: string | null } | null;
  memberIds: string[];
  channels: { id: string; identifier: string }[];
  ownerId: string | null;
}

export interface Range {
  from?: Date | null;
  to?: Date | null;
}

export interface ConversationConditions {
  ids?: string[] | null;
  types?: string[] | null;
  customerId?: string | null;
  customerExternalId?: string | null;
  memberId?: string | null;
  channelId?: string | null;
  channelIdentifier?: string | null;
  ownerId?: string | null;
  name?: string | null;
  metadata?: Json;
  search?: string | null;
  createdAt?: Range | null;
  updatedAt?: Range | null;
  lastActivityAt?: Range | null;
}

export interface ConversationFilter extends ConversationConditions {
  parentId?: string | null;
  scope?: string | null;
  not?: ConversationConditions | null;
  or?: ConversationConditions[] | null;
}

export interface CustomerFilter {
  externalId?: string | null;
  email?: string | null;
  phone?: string | null;
  name?: string | null;
  search?: string | null;
  metadata?: Json;
  ids?: string[] | null;
  hasConversation?: boolean | null;
}

type Rule<T> = (value: NonNullable<T>) => boolean;

/** Whether everything that the filter gives holds; null is nothing given. */
function holds<Filter extends object>(filter: Filter, rules: { [K in keyof Filter]-?: Rule<Filter[K]> }): boolean {
  return (Object.keys(filter) as (keyof Filter)[]).every((key) => {
    const value = filter[key];
    return value === null || value === undefined || rules[key](value as NonNullable<Filter[typeof key]>);
  });
}

export function matches(conversation: Listed, filter: ConversationFilter): boolean {
  const { parentId, scope, not, or, ...conditions } = filter;
  const listed = scope === "ANY_DEPTH" || conversation.parentId === (parentId ?? null);
  // Nothing is excluded by nothing: metadata without a key is no condition.
  const { metadata = {}, ...others } = not ?? {};
  const excluded = Object.keys(metadata ?? {}).length > 0 || Object.values(others).some((value) => value !== null);
  return (
    listed &&
    allHold(conversation, conditions) &&
    !(excluded && allHold(conversation, not ?? {})) &&
    (!or || or.some((one) => allHold(conversation, one)))
  );
}

function allHold(conversation: Listed, filter: ConversationConditions): boolean {
  const { row, customer } = conversation;
  return holds(filter, {
    ids: (ids) => ids.includes(conversation.id),
    types: (types) => types.includes(row.type),
    customerId: (id) => customer?.id === id,
    customerExternalId: (externalId) => customer?.externalId === externalId,
    memberId: (id) => conversation.memberIds.includes(id),
    channelId: (id) => conversation.channels.some((channel) => channel.id === id),
    channelIdentifier: (hostname) => conversation.channels.some(({ identifier }) => identifier === hostname),
    ownerId: (id) => conversation.ownerId === id,
    name: (part) => hasPart(row.name, part),
    search: (part) =>
      [row.name, customer?.name, customer?.email].some((text) => hasPart(text ?? null, part)) ||
      externalIdHasPart(customer?.externalId ?? null, part),
    metadata: (part) => metadataMatches(row.metadata, part),
    createdAt: (range) => isWithin(row.createdAt, range),
    updatedAt: (range) => isWithin(row.updatedAt, range),
    lastActivityAt: (range) => isWithin(row.lastActivityAt, range),
  });
}

export function matchesCustomer(customer: Customer & { hasConversation: boolean }, filter: CustomerFilter): boolean {
  return holds(filter, {
    ids: (ids) => ids.includes(encodeGlobalId("Customer", customer.id)),
    hasConversation: (has) => customer.hasConversation === has,
    search: (part) =>
      [customer.name, customer.email].some((text) => hasPart(text, part)) ||
      externalIdHasPart(customer.externalId, part),
    externalId: (externalId) => customer.externalId === externalId,
    email: (email) => customer.email?.toLowerCase() === email.toLowerCase(),
    phone: (phone) => customer.phone === phone,
    name: (part) => hasPart(customer.name, part),
    metadata: (part) => metadataMatches(customer.metadata, part),
  });
}

function hasPart(text: string | null, part: string): boolean {
  return text !== null && isFound(foldText(text), foldText(part));
}

/** An externalId is no text of a language: only the case of ASCII letters makes no difference. */
function externalIdHasPart(externalId: string | null, part: string): boolean {
  const lower = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return externalId !== null && isFound(lower(externalId), lower(part.trim()));
}

/** One or two characters are looked for at the beginning only. */
function isFound(whole: string, wanted: string): boolean {
  return [...wanted].length < 3 ? whole.startsWith(wanted) : whole.includes(wanted);
}

function isWithin(time: Date, { from, to }: Range): boolean {
  return (!from || time >= from) && (!to || time < to);
}

/** Containment, but null in an object is what is absent. */
function metadataMatches(whole: Json, part: Json): boolean {
  return Object.entries(part as object).every(([key, wanted]) => {
    const value = typeof whole === "object" && whole !== null ? (whole as Record<string, Json>)[key] : undefined;
    if (wanted === null) return value === undefined || value === null;
    if (typeof wanted !== "object" || Array.isArray(wanted)) return value !== undefined && contains(value, wanted);
    return metadataMatches(value, wanted);
  });
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
