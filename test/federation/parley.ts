import { createKey } from "../../src/keys/manage-keys.ts";
import { createGateway } from "../../src/server.ts";
import { testDatabase } from "../support/database.ts";
import { newWorkspace } from "../support/workspace.ts";
import { send, serve } from "./http.ts";

/** Parley over HTTP, as clients and gateways meet it. */
export async function serveParley() {
  const { db, countStatements } = await testDatabase();
  const served = await serve(createGateway({ db, keyCacheSeconds: 300, graphiql: false }));
  const sdl = async () => {
    const { key } = await newTenant();
    const { data } = await send(served.url, { "x-api-key": key }, "{ _service { sdl } }");
    return data._service.sdl as string;
  };
  return { ...served, countStatements, sdl };
}

/** A workspace with an API key. */
export async function newTenant(permission = "fullAccess") {
  const { db } = await testDatabase();
  const tenant = await newWorkspace();
  const { slug: workspace } = tenant.workspace;
  const { key } = await createKey(db, { workspace, integration: tenant.integration.name, permissions: [permission] });
  return {
    ...tenant,
    key,
    /** A conversation with a new customer who has this externalId. */
    async converse(externalId: string, name = externalId): Promise<{ id: string; customer: { id: string } }> {
      const { getOrCreateConversation } = await tenant.ask(
        `mutation ($input: GetOrCreateConversationInput!) {
          getOrCreateConversation(input: $input) { conversation { id customer { id } } }
        }`,
        { input: { name, customer: { externalId, name } } },
      );
      return getOrCreateConversation.conversation;
    },
  };
}
