/** A mutation: its field, its input, and where in the payload the record stands. */
export interface Write {
  field: string;
  input: Record<string, unknown>;
  /** Selects the record in the payload. */
  select(fields: string): string;
  // biome-ignore lint/suspicious/noExplicitAny: the payload is what `select` selected
  recordIn(payload: any): any;
}

type Values = Record<string, unknown>;

const conversation = { select: inside("conversation"), recordIn: taken("conversation") };
const customer = { select: inside("customer"), recordIn: taken("customer") };
const message = { select: inside("message"), recordIn: taken("message") };

/** A customer comes with a conversation, and one who is known gets the values given: customers have no other way in. */
export function creationOf(resource: string, values: Values): Write {
  if (resource === "customers") {
    const input = { customer: pick(values, ["externalId", ...customerFields]) };
    const select = (fields: string) => `conversation { customer { ${fields} } }`;
    return {
      field: "getOrCreateConversation",
      input,
      select,
      recordIn: (payload) => payload.conversation.customer,
    };
  }
  if (resource === "messages") {
    const fields = ["conversationId", "text", "visibility", "parentId", "sender", "metadata", "attachments"];
    return { field: "sendMessage", input: pick(values, [...fields, "idempotencyKey"]), ...message };
  }
  if (resource !== "conversations") throw unsupported("create", resource);
  const shared = ["name", "type", "customerId", "customer", "memberIds", "channelIds", "channelIdentifier", "metadata"];
  return values.parentId
    ? {
        field: "createSubConversation",
        input: pick(values, ["parentId", ...shared, "idempotencyKey"]),
        ...conversation,
      }
    : { field: "getOrCreateConversation", input: pick(values, shared), ...conversation };
}

/**
 * The change of a record, or undefined where nothing changes. With `previous`, the record that the form showed, it has only the
 * fields that the user changed. A `revision` refuses the change when a colleague was faster.
 */
export function changeOf(resource: string, values: Values, { id, previous }: { id: unknown; previous?: Values }) {
  const { fields, write } = changeable[resource] ?? {};
  if (!fields || !write) throw unsupported("update", resource);
  const given = pick(values, fields);
  const changed = Object.entries(given).filter(([name, value]) => !previous || !isSame(value, previous[name]));
  if (changed.length === 0) return undefined;
  const input: Values = { id, ...Object.fromEntries(changed) };
  // A form shows all of the metadata, so what it lacks is to go.
  if ("metadata" in input) input.metadataMode = "REPLACE";
  const revision = previous?.revision ?? values.revision;
  if (revision !== undefined) input.expectedRevision = revision;
  return { input, ...write } satisfies Write;
}

/** `cascade` deletes what stands below a conversation, too. A message leaves its place, so its record stays. */
export function removalOf(resource: string, id: unknown, cascade = false): Write {
  if (resource === "messages") return { field: "deleteMessage", input: { id }, ...message };
  if (resource !== "conversations") throw unsupported("delete", resource);
  const recordIn = ({ deletedId }: { deletedId: string }) => ({ id: deletedId });
  return { field: "deleteConversation", input: { id, cascade }, select: () => "deletedId", recordIn };
}

const customerFields = ["name", "email", "phone", "image", "metadata"];

const changeable: Record<string, { fields: string[]; write: Omit<Write, "input"> }> = {
  conversations: {
    fields: ["name", "metadata", "parentId"],
    write: { field: "updateConversation", ...conversation },
  },
  customers: { fields: ["externalId", ...customerFields], write: { field: "updateCustomer", ...customer } },
  messages: { fields: ["text", "metadata", "attachments"], write: { field: "updateMessage", ...message } },
};

function inside(name: string): Write["select"] {
  return (fields) => `${name} { ${fields} }`;
}

function taken(name: string): Write["recordIn"] {
  return (payload) => payload[name];
}

function pick(values: Values, names: string[]): Values {
  return Object.fromEntries(
    Object.entries(values).filter(([name, value]) => names.includes(name) && value !== undefined),
  );
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
}

function unsupported(action: string, resource: string): Error {
  return new Error(`The gateway has no way to ${action} ${resource}.`);
}
