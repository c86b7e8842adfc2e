import { createKey, revokeKey } from "../../src/keys/manage-keys.ts";
import { testDatabase } from "../support/database.ts";
import { newWorkspace } from "../support/workspace.ts";

/** A workspace with an API key, and a conversation with as many children as asked for. */
export async function newParent(children: number) {
  const { db } = await testDatabase();
  const { workspace, integration, ask, caller } = await newWorkspace();
  const permissions = ["fullAccess"];
  const { key } = await createKey(db, { workspace: workspace.slug, integration: integration.name, permissions });
  const create = async (parentId: string | undefined, name: string): Promise<string> => {
    const document = parentId
      ? `mutation ($input: CreateSubConversationInput!) { made: createSubConversation(input: $input) { conversation { id } } }`
      : `mutation ($input: GetOrCreateConversationInput!) { made: getOrCreateConversation(input: $input) { conversation { id } } }`;
    const { made } = await ask(document, {
      input: parentId ? { parentId, name } : { name, customer: { externalId: name } },
    });
    return made.conversation.id;
  };
  const id = await create(undefined, "The parent");
  const added: string[] = [];
  const addChild = async () => {
    added.unshift(await create(id, `Order #${added.length + 1}`));
  };
  for (let n = 0; n < children; n++) await addChild();
  const revoke = () => revokeKey(db, key);
  /** The ids of the children, newest first. */
  return { key, revoke, id, children: added, addChild, caller, ask };
}

/** A workspace with a key each of two integrations: neither may delete what the other one owns. */
export async function newTeam() {
  const { db } = await testDatabase();
  const { workspace, integration, newActor } = await newWorkspace();
  const other = await newActor();
  const keyOf = async (name: string) =>
    (await createKey(db, { workspace: workspace.slug, integration: name, permissions: ["fullAccess"] })).key;
  const addMembers = (count: number) =>
    db.member.createMany({
      data: Array.from({ length: count }, (_, n) => ({ workspaceId: workspace.id, name: `Agent ${n}` })),
    });
  return { key: await keyOf(integration.name), otherKey: await keyOf(other.integration.name), addMembers };
}
