import type { Context } from "../context.ts";
import { node } from "../reading/nodes.ts";
import { decodeNodeId } from "../rules/parse.ts";
import { withReadPermission } from "./with-read-permission.ts";

/** How the Relay plugin names, describes and guards what it makes: Node, PageInfo, edges, cursors. */
export const relay = {
  cursorType: "String",
  clientMutationId: "omit",
  mutationInputArgOptions: { description: "The input of the operation." },
  // Each mutation of a document succeeds or fails by itself. They are nullable, so that the error of one leaves the others their payloads.
  relayMutationFieldOptions: { nullable: true },
  decodeGlobalID: (globalId: string, context: Context) => {
    const { type, id } = withReadPermission(context, () => decodeNodeId(globalId));
    return { typename: type, id };
  },
  nodeTypeOptions: { description: "A record that can be fetched again by its id." },
  idFieldOptions: {
    description:
      "The record's id, such as `conversation_0190e0a4-5c7e-7c3a-9d2b-6b1f0e3a9c11`. Opaque, and the same everywhere.",
  },
  nodeQueryOptions: {
    description: "The record with this id, of any type, or null if the workspace has none.",
    extensions: { reader: node },
    args: { id: { description: "The id of a record." } },
    // biome-ignore lint/complexity/useMaxParams: Pothos passes five arguments
    resolve: <T>(_root: unknown, _args: unknown, context: Context, _info: unknown, load: (id: never) => T): T =>
      withReadPermission(context, () => load(undefined as never)),
  },
  // As Query.nodes, one bad id is one error.
  nodesQueryOptions: false,
  pageInfoTypeOptions: { description: "The position of a page in its list." },
  hasNextPageFieldOptions: {
    description: "Whether more edges follow. Paging backward, it is true when `before` was given and edges follow it.",
  },
  hasPreviousPageFieldOptions: {
    description: "Whether more edges precede. Paging forward, it is true when `after` was given and edges precede it.",
  },
  startCursorFieldOptions: { description: "The cursor of the first edge, or null when the page is empty." },
  endCursorFieldOptions: { description: "The cursor of the last edge, or null when the page is empty." },
  pageInfoFieldOptions: { description: "The position of this page in the list." },
  edgesFieldOptions: { description: "The nodes of this page, each with its cursor." },
  nodesOnConnection: { description: "The nodes of this page, without their cursors." },
  nodeFieldOptions: { description: "The record at this position." },
  cursorFieldOptions: {
    description: "The position of this edge, for `after` and `before`. It stays valid when the record is deleted.",
  },
  firstArgOptions: {
    description:
      "How many edges to return from the start: 0 to 100. Without `first` and `last`: 30, in a list of a record 10.",
  },
  lastArgOptions: { description: "How many edges to return from the end: 0 to 100. Not together with `first`." },
  afterArgOptions: { description: "Only edges after this cursor of the same list." },
  beforeArgOptions: { description: "Only edges before this cursor of the same list." },
} as const;
