/** A list of records, ready to be asked for page by page. */
export interface List {
  /** The field that answers a connection, and its arguments beside `first` and `after`. */
  field: string;
  args: string;
  /** The declarations of the variables that the arguments use, and their values. */
  declared: string[];
  variables: Record<string, unknown>;
  /** The fields of a record in the list. */
  fields: string;
  /** Puts the field where it stands: at the top of the query, or in a record. */
  select(field: string): string;
}

export interface Sort {
  field: string;
  order: "ASC" | "DESC";
}

interface Resource {
  type: string;
  fields: string;
  /** Besides `fields`, what a record shows that is opened alone. */
  details?: string;
  filter?: string;
  /** The type of `orderBy`, and the fields that it can order by; `id` means createdAt. */
  orders?: { type: string; fields: string[] };
  /** The order of a list without `orderBy`. */
  fixed?: "ASC" | "DESC";
}

export const resources: Record<string, Resource> = {
  conversations: {
    type: "Conversation",
    fields: `id type name metadata depth revision createdAt updatedAt lastActivityAt treeLastActivityAt
      viewerCanUpdate viewerCanDelete parent { id } customer { id displayName email } owner { id name }
      channels { id kind identifier } counts { children messages participants } lastMessage { id text createdAt }`,
    details:
      "viewerCanDeleteTree ancestors { id name } participants(first: 50) { nodes { id actor { id displayName } } }",
    filter: "ConversationFilter",
    orders: {
      type: "ConversationOrder",
      fields: ["createdAt", "updatedAt", "lastActivityAt", "treeLastActivityAt", "name"],
    },
  },
  customers: {
    type: "Customer",
    fields:
      "id displayName name email phone externalId image metadata revision createdAt updatedAt conversation { id }",
    filter: "CustomerFilter",
    orders: { type: "CustomerOrder", fields: ["createdAt", "updatedAt", "name"] },
  },
  members: {
    type: "Member",
    fields: "id name displayName createdAt",
    filter: "MemberFilter",
    orders: { type: "MemberOrder", fields: ["createdAt", "name"] },
  },
  channels: { type: "Channel", fields: "id kind identifier createdAt", filter: "ChannelFilter", fixed: "ASC" },
  integrations: { type: "Integration", fields: "id name createdAt member { id name }", fixed: "ASC" },
  messages: {
    type: "Message",
    fields: `id number visibility text metadata revision createdAt editedAt deletedAt conversation { id }
      author { __typename id displayName } attachments { url name mediaType byteSize }`,
    fixed: "DESC",
  },
};

export function resourceOf(name: string): Resource {
  const resource = resources[name];
  if (!resource) throw new Error(`There is no resource ${name}: ${Object.keys(resources).join(", ")}.`);
  return resource;
}

/** The list of a resource. Messages are listed within their conversation, which the filter has to name. */
export function listOf(name: string, filter: Record<string, unknown>, sort?: Sort): List {
  if (name === "messages") return messagesOf(filter, sort);
  const { fields, filter: filterType, orders, fixed } = resourceOf(name);
  const list: List = { field: name, args: "", declared: [], variables: {}, fields, select: (field) => field };
  if (Object.keys(filter).length > 0) {
    if (!filterType) throw new Error(`${name} cannot be filtered.`);
    list.args += ", filter: $filter";
    list.declared.push(`$filter: ${filterType}`);
    list.variables.filter = filter;
  }
  if (!orders) requireOrder(name, fixed, sort);
  else if (sort) {
    list.args += ", orderBy: $orderBy";
    list.declared.push(`$orderBy: ${orders.type}`);
    list.variables.orderBy = { field: orderFieldOf(name, orders.fields, sort.field), direction: sort.order };
  }
  return list;
}

function messagesOf(filter: Record<string, unknown>, sort?: Sort): List {
  const { conversationId, ...rest } = filter;
  if (!conversationId) throw new Error("messages are listed by conversationId.");
  const { fields, fixed } = resourceOf("messages");
  requireOrder("messages", fixed, sort);
  return {
    field: "messages",
    args: ", filter: $filter",
    declared: ["$conversationId: ID!", "$filter: MessageFilter"],
    variables: { conversationId, filter: { visibility: ["PUBLIC", "INTERNAL"], ...rest } },
    fields,
    select: (field) => `record: conversation(id: $conversationId) { ${field} }`,
  };
}

/** `lastActivityAt` is ordered by LAST_ACTIVITY_AT. */
function orderFieldOf(name: string, fields: string[], field: string): string {
  const known = field === "id" ? "createdAt" : field;
  if (!fields.includes(known)) throw new Error(`${name} cannot be ordered by ${field}: ${fields.join(", ")}.`);
  return known.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

function requireOrder(name: string, fixed: Resource["fixed"], sort?: Sort): void {
  if (!sort || (["id", "createdAt", "number"].includes(sort.field) && sort.order === fixed)) return;
  throw new Error(`${name} are listed by createdAt ${fixed} only.`);
}
