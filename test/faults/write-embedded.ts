import { writeSync } from "node:fs";
import { createSubConversation } from "../../src/conversations/create-sub-conversation.ts";
import { getOrCreateConversation } from "../../src/conversations/get-or-create-conversation.ts";
import { migrate } from "../../src/database/migrate.ts";
import { openDatabase } from "../../src/database/open.ts";
import { encodeGlobalId } from "../../src/global-id.ts";
import { newContext } from "../support/context.ts";
import { subConversation, topConversation } from "./writes.ts";

/**
 * Writes to the embedded database of the directory given, several at a time, names begin with `prefix`, and says of each what
 * it was acknowledged as. After `count` of them it throws where nobody catches, if `end` says so; else it goes on.
 */
const [dataDir = "", prefix = "", end, count] = process.argv.slice(2);
const { db, pool } = await openDatabase({ dataDir, poolSize: 1 });
await migrate(pool);

const workspace = { slug: "faults" };
const { id: workspaceId } = await db.workspace.upsert({
  where: workspace,
  create: { ...workspace, name: "" },
  update: {},
});
const [integration = await newIntegration()] = await db.integration.findMany({ where: { workspaceId } });
const { memberId, id: integrationId } = integration;
const caller = { workspaceId, memberId, integrationId, permissions: new Set(["engage"] as const) };
const context = newContext({ db, caller });

const parent = await getOrCreateConversation(context, topConversation("parent").input);
const parentId = encodeGlobalId("Conversation", parent.conversation.id);
let acknowledged = 0;
for (const client of [1, 2, 3, 4]) void work(client);

async function work(client: number): Promise<void> {
  for (let turn = 0; ; turn++) {
    const name = `${prefix}-${client}-${turn}`;
    const { conversation } = await (turn % 2
      ? getOrCreateConversation(context, topConversation(name).input)
      : createSubConversation(context, subConversation(name, parentId).input));
    writeSync(1, `${name} ${encodeGlobalId("Conversation", conversation.id)}\n`);
    if (++acknowledged === Number(count)) fail();
  }
}

function fail(): void {
  const error = new Error("nobody catches this");
  if (end === "exception")
    setImmediate(() => {
      throw error;
    });
  if (end === "rejection") void Promise.reject(error);
}

async function newIntegration() {
  const { id } = await db.member.create({ data: { workspaceId, name: "agent" } });
  return db.integration.create({ data: { workspaceId, memberId: id, name: "client" } });
}
