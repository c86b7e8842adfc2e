import { randomUUID } from "node:crypto";
import { encodeGlobalId, type NodeType, nodeTypes } from "../../src/global-id.ts";
import { testDatabase } from "../support/database.ts";
import { newWorkspace } from "../support/workspace.ts";

export type World = Awaited<ReturnType<typeof newWorld>>;
type Actor = Pick<Awaited<ReturnType<typeof newWorkspace>>, "ctx" | "caller" | "member" | "integration">;

/** A workspace with a record of every type, all linked with one another. Its texts are those of any other with the same tag. */
export async function newWorld(tag: string = randomUUID()) {
  const workspace = await newWorkspace();
  return { ...workspace, tag, ...(await populate(workspace, tag)) };
}

/** Records of every type, all linked, that an actor of the world had and that are no more. Answers their ids, before and after. */
export async function deletedRecords({ newActor, ask }: World) {
  const actor = await newActor();
  const { idOf, records } = await populate(actor, randomUUID());
  const { pool } = await testDatabase();
  const types = nodeTypes.filter((type) => type !== "Workspace");
  const found = async () =>
    (await ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", { ids: types.map(idOf) })).nodes;
  const before = await found();
  await pool.query(`DELETE FROM "Conversation" WHERE "ownerIntegrationId" = $1`, [actor.integration.id]);
  for (const type of ["Customer", "Channel", "Member"] as const) {
    await pool.query(`DELETE FROM "${type}" WHERE id = $1`, [records[type].id]);
  }
  return { types, idOf, before, after: await found() };
}

/** Deletes the workspace and all that it holds. */
export async function deleteWorld({ workspace }: World): Promise<void> {
  const { pool } = await testDatabase();
  await pool.query(`DELETE FROM "Workspace" WHERE id = $1`, [workspace.id]);
}

async function populate({ ctx: { db }, caller, member, integration }: Actor, tag: string) {
  const { workspaceId, memberId, integrationId: ownerIntegrationId } = caller;
  const metadata = { note: tag };
  const customer = await db.customer.create({ data: { workspaceId, ...profileOf(tag), metadata } });
  const channel = await db.channel.create({
    data: { workspaceId, kind: "WEBSITE", identifier: `${tag}.example.com` },
  });
  const owned = { workspaceId, ownerIntegrationId, type: "DIRECT", metadata } as const;
  const conversation = await db.conversation.create({
    data: { ...owned, customerId: customer.id, name: `Top ${tag}` },
  });
  const conversationId = conversation.id;
  const child = await db.conversation.create({ data: { ...owned, parentId: conversationId, name: `Child ${tag}` } });
  const spare = await db.conversation.create({ data: { ...owned, type: "GROUP", name: `Spare ${tag}` } });
  const participant = await db.participant.create({ data: { workspaceId, conversationId, memberId } });
  await db.participant.create({ data: { workspaceId, conversationId, customerId: customer.id } });
  await db.conversationChannel.create({ data: { workspaceId, conversationId, channelId: channel.id } });
  for (const actor of [{ memberId }, { customerId: customer.id }]) {
    await db.participant.create({ data: { workspaceId, conversationId: spare.id, ...actor } });
  }
  const customers = { workspaceId, conversationId, authorCustomerId: customer.id };
  const [first] = await db.message.createManyAndReturn({
    data: [`Hello ${tag}`, `Anybody? ${tag}`].map((text) => ({ ...customers, text })),
  });
  await db.message.create({ data: { ...customers, parentId: first?.id, text: `Here? ${tag}` } });
  await db.message.create({
    data: { workspaceId, conversationId, visibility: "INTERNAL", text: `Who is that? ${tag}` },
  });
  const said = { workspaceId, conversationId: spare.id };
  // The key could as well be a media type.
  const content = {
    revision: 1,
    text: `Hi ${tag}`,
    language: "en",
    metadata,
    inputHash: "",
    idempotencyKey: `send/${tag}`,
  };
  const message = await db.message.create({
    data: { ...said, ...content, authorMemberId: memberId, integrationId: ownerIntegrationId, channelId: channel.id },
  });
  const former = { workspaceId, messageId: message.id, revision: 0, integrationId: ownerIntegrationId };
  await db.messageRevision.create({ data: { ...former, text: `Hey ${tag}`, translations: [], attachments: [] } });
  const reply = { ...said, parentId: message.id, text: `Hello ${tag}` };
  await db.message.create({ data: { ...reply, authorCustomerId: customer.id } });
  await db.message.create({ data: { ...reply, authorMemberId: memberId, visibility: "INTERNAL" } });
  const key = { workspaceId, parentId: conversationId, key: `key ${tag}`, inputHash: "", conversationId: child.id };
  await db.idempotencyKey.create({ data: key });
  const hash = Uint8Array.from(Buffer.from(randomUUID().replaceAll("-", "")));
  const apiKey = { workspaceId, integrationId: ownerIntegrationId, name: `Key ${tag}`, prefix: "", hash };
  await db.apiKey.create({ data: { ...apiKey, permissions: [] } });
  const records: Record<NodeType, { id: string }> = {
    Workspace: { id: workspaceId },
    Member: member,
    Integration: integration,
    Customer: customer,
    Channel: channel,
    Conversation: conversation,
    Participant: participant,
    Message: message,
  };
  const idOf = (type: NodeType) => encodeGlobalId(type, records[type].id);
  return { records, child, idOf, spare: encodeGlobalId("Conversation", spare.id) };
}

/** All that a customer can be recognised by. */
export function profileOf(tag: string) {
  const digits = String(Number.parseInt(tag.slice(0, 8), 16) % 1e8).padStart(8, "0");
  return {
    externalId: `external-${tag}`,
    name: `Customer ${tag}`,
    email: `${tag}@example.com`,
    phone: `+4930${digits}`,
    image: `https://example.com/${tag}.png`,
  };
}
