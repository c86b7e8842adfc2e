import { onTestFinished } from "vitest";
import type { OpenDatabase } from "../../src/database/open.ts";
import { createKey } from "../../src/keys/manage-keys.ts";
import { serveGateway } from "../support/gateway.ts";
import { clientKey, sender } from "./traffic.ts";
import { topConversation } from "./writes.ts";

/** A gateway on this database until the end of the test, a client of it, and a conversation to write under. */
export async function startClient({ db, close }: Pick<OpenDatabase, "db" | "close">, keyCacheSeconds = 5) {
  const { key } = await createKey(db, clientKey);
  const gateway = await serveGateway({ db, keyCacheSeconds, log: () => {} });
  onTestFinished(async () => {
    gateway.close();
    await close();
  });
  const { url } = gateway;
  const send = sender(key, url);
  const parent = await send(topConversation("parent"));
  if (!("id" in parent)) throw new Error(JSON.stringify(parent));
  return { key, url, send, parentId: parent.id };
}
