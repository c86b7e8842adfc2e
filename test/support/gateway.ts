import type { GatewayOptions } from "../../src/http/gateway-options.ts";
import { mintKey } from "../../src/keys/key-format.ts";
import { createGateway } from "../../src/server.ts";
import { testDatabase } from "./database.ts";
import { serve } from "./serve.ts";
import { newWorkspace } from "./workspace.ts";

interface KeyOptions {
  permissions?: string[];
  expiresAt?: Date;
  revokedAt?: Date;
}

/** A gateway that listens until the file's last test, or until `close`. It looks up the key of every request anew. */
export async function serveGateway(options: Partial<GatewayOptions> = {}) {
  const db = options.db ?? (await testDatabase()).db;
  const server = createGateway({ keyCacheSeconds: 0, graphiql: false, ...options, db });
  const { origin, close } = await serve(server);
  return { server, origin, url: `${origin}/graphql`, close };
}

/** The same, with a client in a workspace of its own. `logged` holds the errors that the gateway told its operator. */
export async function startGateway(options: Partial<GatewayOptions> = {}) {
  const actor = await newWorkspace();
  const logged: unknown[] = [];
  const log = (error: unknown) => logged.push(error);
  const gateway = await serveGateway({ log, ...options });
  const newKey = (key: KeyOptions = {}) => createKey(actor, key);
  const key = await newKey();
  return { ...actor, ...gateway, ...clientOf(gateway.url, key), logged, newKey };
}

/** Makes an API key of the integration of an actor. */
async function createKey({ integration }: Awaited<ReturnType<typeof newWorkspace>>, options: KeyOptions) {
  const { db } = await testDatabase();
  const { key, prefix, hash } = mintKey();
  const { id: integrationId, workspaceId } = integration;
  const permissions = options.permissions ?? ["fullAccess"];
  await db.apiKey.create({ data: { name: "test", ...options, workspaceId, integrationId, prefix, hash, permissions } });
  return key;
}

/** A client that sends its requests with this key. */
export function clientOf(url: string, key: string) {
  return {
    key,
    /** POSTs a GraphQL request, or a body as it is; headers that are undefined are not sent. */
    async post(body: unknown, headers: Record<string, string | undefined> = {}) {
      const all = { "content-type": "application/json", "x-api-key": key, ...headers };
      const sent = Object.entries(all).filter((header): header is [string, string] => header[1] !== undefined);
      const raw = typeof body === "string" || body instanceof Uint8Array;
      const bytes = raw ? (body as string | Uint8Array<ArrayBuffer>) : JSON.stringify(body);
      return read(await fetch(url, { method: "POST", headers: sent, body: bytes }));
    },
    async get(params: Record<string, string>, headers: Record<string, string> = { "x-api-key": key }) {
      return read(await fetch(`${url}?${new URLSearchParams(params)}`, { headers }));
    },
  };
}

/** The answer, with the code, reason and field of its first error. */
async function read(response: Response) {
  const text = await response.text();
  const body = text ? JSON.parse(text) : undefined;
  const { code, reason, field } = body?.errors?.[0]?.extensions ?? {};
  return { status: response.status, headers: response.headers, text, body, error: { code, reason, field } };
}
