import type { ResultOf } from "@graphql-typed-document-node/core";
import type {
  CreateSubMutationVariables,
  FoundDocument,
  OpenConversationDocument,
  UpdateDocument,
} from "./generated/graphql.ts";

// Code that the generated types accept, and code that they refuse. typed.spec.ts compiles it; nothing runs it.

type Found = NonNullable<ResultOf<typeof FoundDocument>["conversations"]>["nodes"][number];
type Expect<T, Expected extends T> = [T] extends [Expected] ? true : never;

export const metadataIsAnObject: Expect<Found["metadata"], Record<string, unknown>> = true;
export const timesAreText: Expect<Found["createdAt"], string> = true;
export const typesAreTheEnumsValues: Expect<`${Found["type"]}`, "DIRECT" | "GROUP"> = true;
export const customersMayBeAbsent: Expect<
  undefined extends Found["customer"] ? true : null extends Found["customer"] ? true : false,
  true
> = true;

export function actorName(found: Found): (string | null)[] {
  return found.participants.nodes.map(({ actor }) => (actor.__typename === "Member" ? actor.name : actor.externalId));
}

export const everyAttribute: CreateSubMutationVariables["input"] = {
  parentId: "conversation_1",
  name: "Order #1042",
  type: "GROUP",
  customer: { externalId: "website_user_123", metadata: { plan: "pro" } },
  memberIds: null,
  channelIdentifier: "example.com",
  metadata: { nested: { list: [1, "two", null] } },
};

// @ts-expect-error: the parent is required
export const withoutParent: CreateSubMutationVariables["input"] = { name: "Order #1042" };

// @ts-expect-error: not one of the enum's values
export const unknownType: CreateSubMutationVariables["input"] = { parentId: "conversation_1", type: "CHANNEL" };

// @ts-expect-error: metadata is an object
export const noObject: CreateSubMutationVariables["input"] = { parentId: "conversation_1", metadata: "text" };

export function changedName(result: ResultOf<typeof UpdateDocument>): string | null {
  // @ts-expect-error: what was not selected is not there
  result.updateConversation?.conversation.depth;
  return result.updateConversation?.conversation.name ?? null;
}

export function openedBy(result: ResultOf<typeof OpenConversationDocument>): "CREATED" | "REUSED" | undefined {
  // @ts-expect-error: the tour does not ask for the owner
  result.getOrCreateConversation?.conversation.owner;
  return result.getOrCreateConversation?.outcome;
}
