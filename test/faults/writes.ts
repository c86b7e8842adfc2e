export interface Write {
  operation: "open" | "openSub";
  input: { name: string; [field: string]: unknown };
}

/** A sub-conversation with everything: a customer, participants, a channel of its own, an idempotencyKey. */
export function subConversation(name: string, parentId: string): Write {
  const customer = { externalId: `customer of ${name}` };
  const channelIdentifier = `${name}.example.com`;
  return { operation: "openSub", input: { name, parentId, customer, channelIdentifier, idempotencyKey: name } };
}

/** The conversation of a customer of its own. */
export function topConversation(name: string): Write {
  const customer = { externalId: `customer of ${name}` };
  return { operation: "open", input: { name, customer, channelIdentifier: `${name}.example.com` } };
}
