import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { onPostgres, testDatabase } from "../support/database.ts";
import { clientOf, startGateway } from "../support/gateway.ts";

const poolSize = 10;
const getOrCreate = `mutation ($input: GetOrCreateConversationInput!) {
  getOrCreateConversation(input: $input) { outcome conversation { id } } }`;
const update = `mutation ($input: UpdateConversationInput!) { updateConversation(input: $input) { conversation { id } } }`;

/** A gateway as it starts by default: its pool, its places, its queue. */
async function startDefault() {
  const { connectAgain, db: shared } = await testDatabase();
  // The embedded database has one connection, which the tests' own client has already.
  const db = onPostgres ? connectAgain({ max: poolSize }) : shared;
  return startGateway({ db, keyCacheSeconds: 5, rateLimitPerMinute: 600_000 });
}

test("400 identical getOrCreate calls at once: one CREATED, 399 REUSED, one conversation, no error", async () => {
  const { post } = await startDefault();
  const input = { customer: { externalId: randomUUID(), name: "Jane Customer", email: `${randomUUID()}@example.com` } };
  const answers = await Promise.all(
    Array.from({ length: 400 }, () => post({ query: getOrCreate, variables: { input } })),
  );
  expect(answers.flatMap(({ body }) => body.errors ?? [])).toEqual([]);
  const results = answers.map(({ body }) => body.data.getOrCreateConversation);
  expect(results.filter(({ outcome }) => outcome === "CREATED")).toHaveLength(1);
  expect(results.filter(({ outcome }) => outcome === "REUSED")).toHaveLength(399);
  expect(new Set(results.map(({ conversation }) => conversation.id)).size).toBe(1);
}, 120_000);

describe.runIf(onPostgres)("while one workspace waits for a locked row with all its connections", () => {
  test("another is answered, and the gateway is ready", async () => {
    const { post, url, origin } = await startDefault();
    const other = clientOf(url, (await startGateway()).key);
    const { body } = await post({
      query: getOrCreate,
      variables: { input: { customer: { externalId: randomUUID() } } },
    });
    const { id } = body.data.getOrCreateConversation.conversation;
    const { pool } = await testDatabase();
    const holder = await pool.connect();
    try {
      await holder.query("BEGIN");
      await holder.query(`SELECT FROM "Conversation" WHERE id = $1 FOR UPDATE`, [id.replace(/^conversation_/, "")]);
      const waiting = Array.from({ length: 30 }, (_, i) =>
        post({ query: update, variables: { input: { id, metadata: { [`key${i}`]: i } } } }),
      );
      const locked = async () => (await holder.query("SELECT FROM pg_locks WHERE NOT granted")).rowCount ?? 0;
      await expect.poll(locked, { timeout: 10_000 }).toBeGreaterThanOrEqual(poolSize / 2);
      for (let i = 0; i < 5; i++) {
        const answer = await other.post({ query: "{ conversations(first: 5) { nodes { id } } }" });
        expect(answer).toMatchObject({ status: 200, body: { data: { conversations: { nodes: [] } } } });
      }
      expect((await fetch(`${origin}/readyz`)).status).toBe(200);
      await holder.query("COMMIT");
      for (const { body } of await Promise.all(waiting)) expect(body.errors).toBeUndefined();
    } finally {
      holder.release(true);
    }
  });
});
