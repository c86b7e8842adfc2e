import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { Prisma } from "../../prisma/generated/client/client.ts";
import { lockedSubtree } from "../../src/conversations/update-conversation.ts";
import { onPostgres, testDatabase } from "../support/database.ts";
import { startGateway } from "../support/gateway.ts";
import {
  idOf,
  newRaceCourse,
  type RaceCourse,
  recountAfterEach,
  refusalsOf,
  succeeded,
  sumOverServers,
  times,
} from "./race.ts";

const { sql } = Prisma;

describe.runIf(onPostgres)("at once", () => {
  recountAfterEach();

  test("a hundred metadata patches to different keys at once all survive", async () => {
    const course = await newRaceCourse();
    const id = await course.newConversation();
    const inputs = times(100, (i) => ({ id: idOf(id), metadata: { [`key${i}`]: i, nested: { [`key${i}`]: [i] } } }));
    expect(refusalsOf(await course.sendAll("update", inputs))).toEqual(new Set());
    expect((await course.ctx.db.conversation.findFirstOrThrow({ where: { id } })).metadata).toEqual({
      ...Object.fromEntries(times(100, (i) => [`key${i}`, i])),
      nested: Object.fromEntries(times(100, (i) => [`key${i}`, [i]])),
    });
  });

  test("of ten forms of a customer with the same expectedRevision one is saved, and the others are told", async () => {
    const course = await newRaceCourse();
    const { id } = await course.newCustomer();
    const outcomes = await course.sendAll(
      "updateCustomer",
      times(10, (i) => ({ id: `customer_${id}`, name: `Name ${i}`, expectedRevision: 0 })),
    );
    const [saved, ...more] = succeeded(outcomes);
    expect(more).toEqual([]);
    expect(refusalsOf(outcomes)).toEqual(new Set(["STALE_REVISION"]));
    const { name, revision } = await course.ctx.db.customer.findFirstOrThrow({ where: { id } });
    expect(saved?.result.customer).toEqual({ name, revision });
    expect(revision).toBe(1);
  });

  test("a conversation gets no more than 100 channels, however many add to it at once", async () => {
    const course = await newRaceCourse();
    const { db } = course.ctx;
    const { workspaceId } = course.caller;
    const customer = await course.newCustomer();
    await course.newConversation({ customerId: customer.id });
    const data = times(200, (i) => ({ workspaceId, kind: "WEBSITE" as const, identifier: `${i}.example.com` }));
    const channelIds = (await db.channel.createManyAndReturn({ data })).map(({ id }) => `channel_${id}`);
    const inputs = times(10, (i) => ({
      customerId: `customer_${customer.id}`,
      channelIds: channelIds.slice(i * 20, (i + 1) * 20),
    }));
    const outcomes = await course.sendAll("getOrCreate", inputs);
    expect(succeeded(outcomes)).toHaveLength(5);
    expect(refusalsOf(outcomes)).toEqual(new Set(["TOO_LONG"]));
    expect(await db.conversationChannel.count({ where: { workspaceId } })).toBe(100);
  });

  test("fifty requests with one idempotencyKey at once make one sub-conversation", async () => {
    const course = await newRaceCourse();
    const parentId = await course.newConversation();
    const customer = { externalId: "jane" };
    const inputs = times(50, () => ({ parentId: idOf(parentId), customer, idempotencyKey: "order-1042" }));
    const outcomes = await course.sendAll("createSub", inputs);
    expect(refusalsOf(outcomes)).toEqual(new Set());
    expect(new Set(outcomes.map(({ result }) => result.conversation.id)).size).toBe(1);
    expect(await course.ctx.db.conversation.count({ where: { parentId } })).toBe(1);
  });

  test("an idempotencyKey always gives a sub-conversation, also while the first one is deleted", async () => {
    const course = await newRaceCourse();
    const parentId = await course.newConversation();
    for (const round of times(5, (i) => i)) {
      const inputs = times(8, () => ({ parentId: idOf(parentId), idempotencyKey: `order-${round}` }));
      const answered = course.sendAll("createSub", inputs);
      for (const _ of times(5, (i) => i)) {
        const existing = await course.ctx.db.conversation.findFirst({ where: { parentId } });
        if (existing) await course.race([["delete", { id: idOf(existing.id) }]]);
      }
      expect(refusalsOf(await answered), `round ${round}`).toEqual(new Set());
    }
  });

  test("crossing moves and creations never make a cycle nor more than 10 levels", async () => {
    const course = await newRaceCourse();
    const nodes: string[] = [];
    // Two chains of 7: one under the fourth of the other is already too deep.
    for (const i of times(14, (index) => index))
      nodes.push(await course.newConversation({ parentId: i % 7 ? nodes[i - 1] : null }));
    const node = fc.constantFrom(...nodes.map(idOf));
    const move = fc.record({
      operation: fc.constant("update" as const),
      id: node,
      parentId: fc.option(node, { freq: 8 }),
    });
    const creation = fc.record({ operation: fc.constant("createSub" as const), parentId: node });
    const steps = fc.array(fc.oneof({ weight: 5, arbitrary: move }, creation), { minLength: 16, maxLength: 16 });
    await fc.assert(
      fc.asyncProperty(steps, async (round) => {
        const outcomes = await course.race(round.map(({ operation, ...input }) => [operation, input]));
        expect(["CYCLE", "TOO_DEEP"]).toEqual(expect.arrayContaining([...refusalsOf(outcomes)]));
        await expectTree(course);
      }),
      { numRuns: 25, endOnFailure: true },
    );
  });

  test("messages, moves and new sub-conversations of the same trees never wait for one another in a circle", async () => {
    const course = await newRaceCourse();
    const { pool } = await testDatabase();
    const { workspaceId } = course.caller;
    const nodes: string[] = [];
    for (const i of times(12, (index) => index))
      nodes.push(await course.newConversation({ parentId: i % 4 ? nodes[i - 1] : null }));
    const at = (i: number) => nodes[i % nodes.length] as string;
    // Citus takes all that a worker does outside of transactions for one transaction, and sees deadlocks where there are none.
    const transaction = async (...statements: Prisma.Sql[]) => {
      const client = await pool.connect();
      try {
        await client.query("BEGIN");
        for (const { text, values } of statements) await client.query(text, values);
        await client.query("COMMIT");
      } catch (error) {
        await client.query("ROLLBACK");
        throw error;
      } finally {
        client.release();
      }
    };
    const say = (i: number) =>
      transaction(
        sql`INSERT INTO "Message" ("workspaceId", "conversationId", text) VALUES (${workspaceId}, ${at(i)}, 'x')`,
      );
    const open = (i: number) =>
      transaction(
        sql`INSERT INTO "Conversation" ("workspaceId", "parentId", type) VALUES (${workspaceId}, ${at(i)}, 'GROUP')`,
      );
    const move = (i: number) => {
      const parentId = i % 5 ? at(i * 7 + 3) : null;
      return transaction(
        lockedSubtree(workspaceId, at(i)),
        sql`UPDATE "Conversation" SET "parentId" = ${parentId} WHERE "workspaceId" = ${workspaceId} AND id = ${at(i)}`,
      );
    };
    const done = await Promise.allSettled(times(600, (i) => (i % 3 === 0 ? move(i) : i % 7 === 0 ? open(i) : say(i))));
    const codes = new Set(done.flatMap((one) => (one.status === "rejected" ? [one.reason.code] : [])));
    // Under itself, and too deep.
    expect(["PY001", "PY002"]).toEqual(expect.arrayContaining([...codes]));
    expect(done.filter(({ status }) => status === "fulfilled").length).toBeGreaterThan(400);
  });

  /** Every conversation is found again from the top, within 10 levels. */
  async function expectTree({ ctx }: RaceCourse) {
    const { pool } = await testDatabase();
    const { rows } = await pool.query(
      `WITH RECURSIVE down AS (
         SELECT id, 1 AS level FROM "Conversation" WHERE "workspaceId" = $1 AND "parentId" IS NULL
         UNION ALL SELECT c.id, level + 1 FROM down JOIN "Conversation" c ON c."workspaceId" = $1 AND c."parentId" = down.id
       ) SELECT (SELECT count(*) FROM "Conversation" WHERE "workspaceId" = $1) - count(*) AS lost, max(level) > 10 AS deep FROM down`,
      [ctx.caller.workspaceId],
    );
    expect(rows).toEqual([{ lost: "0", deep: false }]);
  }

  test("a parent's deletion and a child's creation: one wins, the other is told", async () => {
    const course = await newRaceCourse();
    for (const round of times(30, (i) => i)) {
      const parentId = await course.newConversation();
      const [deletion, ...creations] = await course.race([
        ["delete", { id: idOf(parentId) }],
        ...times(1 + (round % 3), () => ["createSub", { parentId: idOf(parentId) }] as const),
      ]);
      const created = succeeded(creations);
      if (deletion?.refused) {
        expect(deletion.refused).toBe("HAS_CHILDREN");
        expect(created.length).toBe(creations.length);
      } else {
        expect(deletion?.result).toEqual({ deletedCount: 1 });
        expect(creations).toEqual(creations.map(() => ({ refused: "CONVERSATION" })));
      }
      expect(await course.ctx.db.conversation.count({ where: { parentId } })).toBe(created.length);
    }
  });

  test("a cascading deletion takes every child created before it, and none comes after", async () => {
    const course = await newRaceCourse();
    for (const round of times(20, (i) => i)) {
      const top = await course.newConversation();
      const middle = await course.newConversation({ parentId: top });
      const parents = times(6, (i) => idOf(i % 2 ? top : middle));
      const [deletion, ...creations] = await course.race([
        ["delete", { id: idOf(top), cascade: true }],
        ...parents.map((parentId) => ["createSub", { parentId }] as const),
      ]);
      expect(deletion, `round ${round}`).toEqual({ result: { deletedCount: 2 + succeeded(creations).length } });
      expect(["CONVERSATION"]).toEqual(expect.arrayContaining([...refusalsOf(creations)]));
      expect(await course.ctx.db.conversation.count({ where: { workspaceId: course.workspace.id } })).toBe(0);
    }
  });

  test("a cascading deletion and a move out of its tree take turns: what was moved first stays", async () => {
    const gateway = await startGateway();
    const { pool } = await testDatabase();
    const { workspaceId, integrationId: ownerIntegrationId } = gateway.caller;
    const open = async (parentId?: string) =>
      (await gateway.ctx.db.conversation.create({ data: { workspaceId, ownerIntegrationId, type: "GROUP", parentId } }))
        .id;
    const top = await open();
    const [held, moved] = [await open(top), await open(top)];
    const waiting = () =>
      sumOverServers(
        pool,
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      );
    const holder = await pool.connect();
    onTestFinished(() => holder.release(true));
    await holder.query("BEGIN");
    await holder.query(`SELECT 1 FROM "Conversation" WHERE "workspaceId" = $1 AND id = $2 FOR UPDATE`, [
      workspaceId,
      held,
    ]);

    const deletion = gateway.post({
      query: `mutation { deleteConversation(input: {id: "${idOf(top)}", cascade: true}) { deletedIds } }`,
    });
    await expect.poll(waiting, { timeout: 10_000 }).toBe(1);
    let answered = 0;
    const move = gateway
      .post({
        query: `mutation { updateConversation(input: {id: "${idOf(moved)}", parentId: null}) { conversation { id } } }`,
      })
      .finally(() => answered++);
    await expect.poll(async () => answered + (await waiting()), { timeout: 10_000 }).toBe(2);
    await holder.query("ROLLBACK");

    const { deletedIds } = (await deletion).body.data.deleteConversation;
    expect(deletedIds).toContain(idOf(top));
    expect((await move).error.reason).toBe(deletedIds.includes(idOf(moved)) ? "CONVERSATION" : undefined);
    expect(await gateway.ctx.db.conversation.count({ where: { workspaceId } })).toBe(3 - deletedIds.length);
  });

  test("of several deletions of the same, one succeeds and the others are NOT_FOUND", async () => {
    const course = await newRaceCourse();
    for (const cascade of [false, true]) {
      for (const size of [2, 2, 2, 10]) {
        const id = idOf(await course.newConversation());
        const outcomes = await course.sendAll(
          "delete",
          times(size, () => ({ id, cascade })),
        );
        expect(succeeded(outcomes)).toEqual([{ result: { deletedCount: 1 } }]);
        expect(refusalsOf(outcomes)).toEqual(new Set(["CONVERSATION"]));
      }
    }
  });
});
