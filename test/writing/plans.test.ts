import { randomUUID } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { createSubConversation } from "../../src/conversations/create-sub-conversation.ts";
import { getOrCreateConversation } from "../../src/conversations/get-or-create-conversation.ts";
import { updateConversation } from "../../src/conversations/update-conversation.ts";
import { connect } from "../../src/database/open.ts";
import { encodeGlobalId } from "../../src/global-id.ts";
import { sendMessage } from "../../src/messages/send-message.ts";
import { newContext } from "../support/context.ts";
import { onPostgres, testDatabase } from "../support/database.ts";
import { newWorkspace } from "../support/workspace.ts";

/** After so many executions PostgreSQL decides whether it keeps a plan for all values, or plans for those of each call. */
const trials = 5;

/** A workspace whose statements go over one connection, and the plans that this connection has made for those of one kind. */
async function newObserved() {
  const { connection } = await testDatabase();
  const { db, pool, close } = connect({ ...connection, max: 1 });
  onTestFinished(close);
  const workspace = await newWorkspace();
  const plansOf = async (part: string) => {
    const { rows } = await pool.query<{ kept: number; anew: number }>(
      `SELECT generic_plans::int AS kept, custom_plans::int AS anew FROM pg_prepared_statements
       WHERE position($1 IN statement) > 0`,
      [part],
    );
    expect(rows).toHaveLength(1);
    return rows[0];
  };
  return { ...workspace, ctx: newContext({ ...workspace.ctx, db }), plansOf };
}

const customers: [string, object][] = [
  ["externalId", { externalId: "plan" }],
  ["e-mail address", { email: "plan@example.com" }],
  ["phone", { phone: "+4930123456" }],
  ["every key and metadata", { externalId: "all", email: "all@example.com", phone: "+4930123457", metadata: { a: 1 } }],
];

async function expectPlanKept(
  run: () => Promise<unknown>,
  plans: () => Promise<{ kept: number; anew: number } | undefined>,
) {
  for (let call = 0; call < trials + 5; call++) await run();
  const found = await plans();
  expect(found?.anew).toBeLessThanOrEqual(trials);
  expect(found?.kept).toBeGreaterThan(0);
}

test.runIf(onPostgres).each(customers)("reuse by %s is planned once for all values", async (_, customer) => {
  const { ctx, plansOf } = await newObserved();
  const reuse = () => getOrCreateConversation(ctx, { customer, channelIdentifier: "example.com" });
  await expectPlanKept(reuse, () => plansOf("AS complete"));
});

test.runIf(onPostgres)("reuse by members is planned once for all values", async () => {
  const { ctx, plansOf, newMember } = await newObserved();
  const memberIds = [encodeGlobalId("Member", (await newMember()).id)];
  await expectPlanKept(
    () => getOrCreateConversation(ctx, { memberIds }),
    () => plansOf(`record."memberSet" =`),
  );
});

test.runIf(onPostgres).each([
  ["the metadata", { metadata: { seen: 1, old: null } }],
  ["the name", { name: "VIP" }],
  ["both", { name: "VIP", metadata: { seen: 1 } }],
])("an update of %s is planned once for all values", async (_, change) => {
  const { ctx, plansOf } = await newObserved();
  const { conversation } = await getOrCreateConversation(ctx, { customer: { externalId: "plan" } });
  const id = encodeGlobalId("Conversation", conversation.id);
  await expectPlanKept(
    () => updateConversation(ctx, { id, ...change }),
    () => plansOf('UPDATE "Conversation"'),
  );
});

test.runIf(onPostgres)("a new conversation and a message are planned once for all values", async () => {
  const { ctx, plansOf, newMember, newChannel } = await newObserved();
  const { conversation } = await getOrCreateConversation(ctx, { customer: { externalId: "plan" } });
  const parentId = encodeGlobalId("Conversation", conversation.id);
  const named = {
    memberIds: [encodeGlobalId("Member", (await newMember()).id)],
    channelIds: [encodeGlobalId("Channel", (await newChannel()).id)],
  };
  await expectPlanKept(
    () => createSubConversation(ctx, { parentId, ...named }),
    () => plansOf("created AS"),
  );
  await expectPlanKept(
    () => sendMessage(ctx, { conversationId: parentId, text: "Hello", idempotencyKey: randomUUID() }),
    () => plansOf("sent AS"),
  );
});
