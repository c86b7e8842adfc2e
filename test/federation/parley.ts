import { createKey } from "../../src/keys/manage-keys.ts";
import { testDatabase } from "../support/database.ts";
import { serveGateway } from "../support/gateway.ts";
import { newWorkspace } from "../support/workspace.ts";
import { requestsOf, send } from "./http.ts";

/** Parley over HTTP, as clients and gateways meet it. */
export async function serveParley() {
  const { countStatements } = await testDatabase();
  const { server, url } = await serveGateway({ keyCacheSeconds: 300 });
  const sdl = async () => {
    const { key } = await newTenant();
    const { data } = await send(url, { "x-api-key": key }, "{ _service { sdl } }");
    return data._service.sdl as string;
  };
  return { url, takeRequests: requestsOf(server), countStatements, sdl };
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
