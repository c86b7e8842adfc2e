import { createHash } from "node:crypto";
import { emailKeyOf } from "../rules/email.ts";

interface Given {
  memberIds?: string[] | undefined;
  channelIds?: string[] | undefined;
  customer?: { email?: string | undefined } | undefined;
}

/** The input without what makes no difference: the order and the repetition of ids, no members, and the case of an e-mail address. */
export function meaningOf<Input extends Given>(input: Input): Input {
  const { customer, memberIds, channelIds } = input;
  return {
    ...input,
    memberIds: memberIds?.length ? unique(memberIds).sort() : undefined,
    channelIds: channelIds && unique(channelIds).sort(),
    customer: customer && { ...customer, email: customer.email && emailKeyOf(customer.email) },
  };
}

/** The input as hashes were made of it before `meaningOf`: with them, one that is repeated as it was is still the same. */
export function asStoredBefore<Input extends Given>(input: Input): Input {
  const { memberIds, channelIds } = input;
  return { ...input, memberIds: memberIds && unique(memberIds), channelIds: channelIds && unique(channelIds) };
}

function unique(ids: string[]): string[] {
  return [...new Set(ids)];
}

/** The sha-256 of an input that came with an idempotencyKey, equal for inputs that mean the same: the order of keys does not count. */
export function hashInput(input: unknown): string {
  const canonical = JSON.stringify(input, (_, value) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return createHash("sha256").update(canonical).digest("hex");
}
