/** The types whose ids clients get. */
export const nodeTypes = [
  "Workspace",
  "Member",
  "Integration",
  "Customer",
  "Channel",
  "Conversation",
  "Participant",
  "Message",
] as const;

export type NodeType = (typeof nodeTypes)[number];

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const typeOf = new Map<string, NodeType>(nodeTypes.map((type) => [type.toLowerCase(), type]));

/** `conversation_<uuid>`: the one spelling of a record's id for clients. */
export function encodeGlobalId(type: string, id: string): string {
  return `${type.toLowerCase()}_${id}`;
}

/** Type and uuid of a client's id, or undefined when it is not spelled as `encodeGlobalId` does. */
export function decodeGlobalId(globalId: string): { type: NodeType; id: string } | undefined {
  const underscore = globalId.indexOf("_");
  const type = typeOf.get(globalId.slice(0, underscore));
  const id = globalId.slice(underscore + 1);
  return type && uuid.test(id) ? { type, id } : undefined;
}
