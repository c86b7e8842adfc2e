import { createHash } from "node:crypto";
import { emailKeyOf } from "../rules/email.ts";

interface GivenCustomer {
  id?: string | undefined;
  email?: string | undefined;
  metadata?: object | undefined;
}

interface Given {
  memberIds?: string[] | undefined;
  channelIds?: string[] | undefined;
  customerId?: string | undefined;
  customer?: GivenCustomer | undefined;
  metadata?: object | undefined;
  attachments?: object[] | undefined;
}

/**
 * The input without differences that mean nothing: the order and repetition of ids, empty lists and empty metadata, the two places of a
 * customer's id, and the case of an e-mail address.
 */
export function meaningOf<Input extends Given>(input: Input): Given & Omit<Input, keyof Given> {
  const { customer, memberIds, channelIds, attachments, metadata } = input;
  return {
    ...input,
    memberIds: memberIds?.length ? unique(memberIds).sort() : undefined,
    channelIds: channelIds && unique(channelIds).sort(),
    customerId: input.customerId ?? customer?.id,
    customer: customer && meaningOfCustomer(customer),
    attachments: attachments?.length ? attachments : undefined,
    metadata: filled(metadata),
  };
}

/** The customer without its id, which stands beside it. Undefined if nothing else is left. */
function meaningOfCustomer({ id: _, email, metadata, ...rest }: GivenCustomer): GivenCustomer | undefined {
  const told = { ...rest, email: email && emailKeyOf(email), metadata: filled(metadata) };
  return Object.values(told).some((value) => value !== undefined) ? told : undefined;
}

function filled(metadata: object | undefined): object | undefined {
  return metadata && Object.keys(metadata).length > 0 ? metadata : undefined;
}

/** The input in the form of hashes that are older than `meaningOf`. So an old request that is repeated unchanged is still recognised. */
export function asStoredBefore<Input extends Given>(input: Input): Input {
  const { memberIds, channelIds } = input;
  return { ...input, memberIds: memberIds && unique(memberIds), channelIds: channelIds && unique(channelIds) };
}

function unique(ids: string[]): string[] {
  return [...new Set(ids)];
}

/** The sha-256 of an input with an idempotencyKey. Inputs that differ only in the order of their keys have the same hash. */
export function hashInput(input: unknown): string {
  const canonical = JSON.stringify(input, (_, value) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return createHash("sha256").update(canonical).digest("hex");
}
