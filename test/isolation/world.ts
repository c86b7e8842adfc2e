import { randomBytes } from "node:crypto";
import { encodeGlobalId, type NodeType } from "../../src/global-id.ts";
import { newWorkspace } from "../support/workspace.ts";

/** A workspace with a record of every type, all linked with one another. */
export async function newWorld() {
  const workspace = await newWorkspace();
  const { db } = workspace.ctx;
  const { workspaceId, memberId, integrationId: ownerIntegrationId } = workspace.caller;
  const owned = { workspaceId, ownerIntegrationId, type: "DIRECT" } as const;
  const customer = await workspace.newCustomer();
  const channel = await workspace.newChannel();
  const conversation = await db.conversation.create({ data: { ...owned, customerId: customer.id, name: "Top" } });
  const conversationId = conversation.id;
  const child = await db.conversation.create({ data: { ...owned, parentId: conversationId, name: "Child" } });
  const spare = await db.conversation.create({ data: { ...owned, name: "Spare" } });
  const participant = await db.participant.create({ data: { workspaceId, conversationId, memberId } });
  await db.participant.create({ data: { workspaceId, conversationId, customerId: customer.id } });
  await db.conversationChannel.create({ data: { workspaceId, conversationId, channelId: channel.id } });
  const message = await db.message.create({
    data: { workspaceId, conversationId, authorMemberId: memberId, text: "Hi" },
  });
  await db.message.create({ data: { workspaceId, conversationId, authorCustomerId: customer.id, text: "Hello" } });
  const key = { workspaceId, parentId: conversationId, key: "first", inputHash: "", conversationId: child.id };
  await db.idempotencyKey.create({ data: key });
  await db.apiKey.create({
    data: {
      workspaceId,
      integrationId: ownerIntegrationId,
      name: "Key",
      prefix: "",
      hash: new Uint8Array(randomBytes(32)),
      permissions: [],
    },
  });
  const records: Record<NodeType, { id: string }> = {
    Workspace: workspace.workspace,
    Member: workspace.member,
    Integration: workspace.integration,
    Customer: customer,
    Channel: channel,
    Conversation: conversation,
    Participant: participant,
    Message: message,
  };
  const idOf = (type: NodeType) => encodeGlobalId(type, records[type].id);
  return { ...workspace, records, child, idOf, spare: encodeGlobalId("Conversation", spare.id) };
}
