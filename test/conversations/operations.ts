import { expect } from "vitest";
import { encodeGlobalId, type NodeType } from "../../src/global-id.ts";
import { newWorkspace } from "../support/workspace.ts";

// The operations as a client sends them, in one document each.

export type Actor = Pick<Awaited<ReturnType<typeof newWorkspace>>, "ask" | "query">;

const conversation = `conversation {
  id type name metadata createdAt updatedAt depth customer { id } owner { id }
  counts { children messages participants }
  channels { id identifier }
  participants(first: 100) { nodes { actor { ... on Member { id } ... on Customer { id } } } }
}`;

const selections = {
  getOrCreateConversation: `${conversation} outcome matchedBy`,
  createSubConversation: conversation,
  updateConversation: conversation,
  deleteConversation: "deletedId deletedCount",
  addParticipants: `${conversation} added { actor { ... on Member { id } ... on Customer { id } } }`,
  removeParticipant: `${conversation} removed`,
};

export type Operation = keyof typeof selections;
export type Input = Record<string, unknown>;

function documentOf(operation: Operation): string {
  const type = `${operation.charAt(0).toUpperCase()}${operation.slice(1)}Input`;
  return `mutation ($input: ${type}!) { result: ${operation}(input: $input) { ${selections[operation]} } }`;
}

/** The result of the operation, which has to succeed. */
export async function run(actor: Actor, operation: Operation, input: Input) {
  const { result } = await actor.ask(documentOf(operation), { input });
  return result;
}

/** The conversation of what the operation gives, with the ids of its participants and channels. */
export async function conversationOf(actor: Actor, operation: Operation, input: Input) {
  const { conversation } = await run(actor, operation, input);
  return {
    ...conversation,
    customer: conversation.customer?.id ?? null,
    owner: conversation.owner?.id ?? null,
    channels: conversation.channels.map(({ id }: { id: string }) => id) as string[],
    websites: conversation.channels.map(({ identifier }: { identifier: string }) => identifier) as string[],
    participants: conversation.participants.nodes.map(({ actor }: { actor: { id: string } }) => actor.id) as string[],
  };
}

/** The code and details that the operation is refused with. It has to fail, with one error at its place and no payload. */
export async function refusalOf(actor: Actor, operation: Operation, input: Input) {
  const { data, errors } = await actor.query(documentOf(operation), { input });
  expect(data?.result ?? null).toBeNull();
  expect(errors).toHaveLength(1);
  return errors?.[0]?.extensions;
}

/** The id of a row as clients have it. */
export function idOf(type: NodeType, row: { id: string }): string {
  return encodeGlobalId(type, row.id);
}

/** An id that no workspace has. */
export function unknownId(type: NodeType): string {
  return encodeGlobalId(type, "0190e0a4-5c7e-7c3a-9d2b-6b1f0e3a9c11");
}

/** A workspace with a top-level conversation to put others under. */
export async function newFamily() {
  const workspace = await newWorkspace();
  const parent = await conversationOf(workspace, "getOrCreateConversation", {
    customer: { externalId: "visitor" },
    channelIdentifier: "example.com",
  });
  return { ...workspace, parent };
}

/** Conversations each under the one before, the first under `parentId` or at the top: their ids. */
export async function newChain(
  { ctx, caller }: Awaited<ReturnType<typeof newWorkspace>>,
  length: number,
  under?: string,
) {
  const ids: string[] = [];
  for (let parentId = under?.replace(/^\w+_/, ""); ids.length < length; ) {
    const { workspaceId, integrationId: ownerIntegrationId } = caller;
    const data = { workspaceId, parentId, ownerIntegrationId, type: "GROUP" as const };
    ({ id: parentId } = await ctx.db.conversation.create({ data }));
    ids.push(encodeGlobalId("Conversation", parentId));
  }
  return ids;
}
