import { randomUUID } from "node:crypto";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { encodeGlobalId } from "../../src/global-id.ts";
import { onPostgres, testDatabase } from "../support/database.ts";
import { startGateway } from "../support/gateway.ts";
import { idOf, newRaceCourse, recountAfterEach, refusalsOf, succeeded, sumOverServers, times } from "./race.ts";

const send = `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { outcome message { id number text } } }`;
const open = `mutation { getOrCreateConversation(input: { customer: { externalId: "visitor" } }) { conversation { id } } }`;

/** As the database counts them: a connection tells its own at the latest when it ends. */
async function deadlocks(): Promise<number> {
  const { pool } = await testDatabase();
  const others = `FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`;
  const client = await pool.connect();
  try {
    await client.query(`SELECT pg_terminate_backend(pid) ${others}`);
    while ((await client.query(`SELECT ${others}`)).rowCount);
    return await sumOverServers(client, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()");
  } finally {
    client.release();
  }
}

async function newChat() {
  const gateway = await startGateway();
  const { body } = await gateway.post({ query: open });
  return { ...gateway, conversationId: body.data.getOrCreateConversation.conversation.id as string };
}

describe.runIf(onPostgres)("sendMessage with one idempotencyKey", () => {
  recountAfterEach();

  test("a hundred times at once over HTTP: one SENT, 99 REPEATED, one message, no number lost", async () => {
    const { post, conversationId, newCustomer } = await newChat();
    await newCustomer({ externalId: "known" });
    const ways: object[] = [{}, { sender: "CUSTOMER" }, { sender: "CUSTOMER", customer: { externalId: "known" } }];
    for (const [index, way] of ways.entries()) {
      const input = { conversationId, text: "once", idempotencyKey: randomUUID(), ...way };
      const answers = await Promise.all(times(100, () => post({ query: send, variables: { input } })));
      const sent = answers.map(({ body }) => body.data?.sendMessage ?? body.errors);
      const outcomes = sent.map(({ outcome }) => outcome).sort();
      expect(outcomes).toEqual([...times(99, () => "REPEATED"), "SENT"]);
      expect(new Set(sent.map(({ message }) => JSON.stringify(message))).size).toBe(1);
      expect(sent[0].message.number).toBe(index + 1);
    }
  });

  test("and two inputs at once: one input is sent, the other is told", async () => {
    const course = await newRaceCourse();
    for (const round of times(10, (i) => i)) {
      const conversationId = idOf(await course.newConversation());
      const key = { conversationId, idempotencyKey: "key" };
      const outcomes = await course.sendAll(
        "send",
        times(20, (i) => ({ ...key, text: i % 2 ? "a" : "b" })),
      );
      const texts = succeeded(outcomes).map(({ result }) => result.message.text);
      expect(new Set(texts).size, `round ${round}`).toBe(1);
      expect(texts).toHaveLength(10);
      expect(refusalsOf(outcomes)).toEqual(new Set(["IDEMPOTENCY_KEY_REUSED"]));
    }
  });

  test("again after the connection was cut between commit and answer: REPEATED", async () => {
    const { post, origin, key, conversationId, ctx } = await newChat();
    const input = { conversationId, text: "Did that arrive?", idempotencyKey: "cut" };
    const body = JSON.stringify({ query: send, variables: { input } });
    const { port } = new URL(origin);
    const socket = connect(Number(port), "127.0.0.1");
    // Nobody reads the answer.
    socket.pause();
    socket.write(
      `POST /graphql HTTP/1.1\r\nHost: x\r\nX-Api-Key: ${key}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
    const committed = () => ctx.db.message.findFirst({ where: { idempotencyKey: "cut" } });
    while (!(await committed()));
    socket.destroy();
    const again = await post({ query: send, variables: { input } });
    expect(again.body.data.sendMessage).toMatchObject({ outcome: "REPEATED", message: { number: 1 } });
  });

  test("and first messages of an author, who joins once, over a channel, which is linked once", async () => {
    const course = await newRaceCourse();
    const conversationId = await course.newConversation();
    const outcomes = await course.sendAll(
      "send",
      times(40, (i) => ({
        conversationId: idOf(conversationId),
        ...{
          text: `${i}`,
          sender: "CUSTOMER",
          customer: { externalId: `c${i % 4}` },
          channelIdentifier: "a.example.com",
        },
      })),
    );
    expect(refusalsOf(outcomes)).toEqual(new Set());
    const { db } = course.ctx;
    expect(await db.participant.count({ where: { conversationId } })).toBe(4);
    expect(await db.conversationChannel.count({ where: { conversationId } })).toBe(1);
    expect(await db.customer.count({ where: { workspaceId: course.workspace.id } })).toBe(4);
  });
});

describe.runIf(onPostgres)("messages of an author who is no participant yet", () => {
  recountAfterEach();

  test("and the reuse that lets them take part, at the same moment: no deadlock", async () => {
    const course = await newRaceCourse();
    const before = await deadlocks();
    for (const round of times(10, (i) => i)) {
      const { id: customerId } = await course.newCustomer();
      const conversationId = idOf(await course.newConversation({ customerId }));
      const outcomes = await course.race(
        times(12, (i) =>
          i % 2
            ? ["send", { conversationId, text: "x" }]
            : ["getOrCreate", { customerId: encodeGlobalId("Customer", customerId) }],
        ),
      );
      expect(refusalsOf(outcomes), `round ${round}`).toEqual(new Set());
    }
    expect(await deadlocks()).toBe(before);
  });
});

describe.runIf(onPostgres)("a deletion of the conversation", () => {
  recountAfterEach();

  test("at the same moment as messages into it: they are sent before it, or NOT_FOUND", async () => {
    const course = await newRaceCourse();
    for (const round of times(25, (i) => i)) {
      const conversationId = await course.newConversation();
      const conversation = { conversationId: idOf(conversationId) };
      const [deletion, ...sends] = await course.race([
        ["delete", { id: idOf(conversationId) }],
        ...times(
          1 + (round % 6),
          (i) => ["send", { ...conversation, text: `${i}`, idempotencyKey: `${i % 2}` }] as const,
        ),
      ]);
      expect(deletion, `round ${round}`).toEqual({ result: { deletedCount: 1 } });
      expect(["CONVERSATION", "IDEMPOTENCY_KEY_REUSED"]).toEqual(expect.arrayContaining([...refusalsOf(sends)]));
      expect(await course.ctx.db.message.count({ where: { conversationId } })).toBe(0);
    }
  });

  test("and moves, messages, participants and reading, all crossing: no deadlock, and counters that equal the recount", async () => {
    const course = await newRaceCourse();
    const members = await Promise.all(times(3, () => course.newMember()));
    const memberIds = members.map(({ id }) => encodeGlobalId("Member", id));
    const before = await deadlocks();
    for (const _ of times(12, (i) => i)) {
      const [a, b, c] = [
        await course.newConversation(),
        await course.newConversation(),
        await course.newConversation(),
      ];
      const [top = "", other = "", doomed = ""] = [a, b, c].map(idOf);
      const outcomes = await course.race(
        times(64, (i) => {
          const round = i >> 3;
          const conversationId = [top, other, doomed][round % 3] as string;
          const steps = [
            ["send", { conversationId, text: "x" }],
            ["send", { conversationId, text: "y", sender: "CUSTOMER", customer: { externalId: `c${i % 5}` } }],
            ["addParticipants", { conversationId, memberIds: round % 2 ? memberIds : memberIds.toReversed() }],
            ["update", { id: top, parentId: round % 3 ? other : null }],
            ["removeParticipant", { conversationId, memberId: memberIds[round % 3] }],
            ["markRead", { conversationId }],
            ["createSub", { parentId: conversationId, memberIds }],
            ["delete", { id: doomed, cascade: true }],
          ] as const;
          return steps[i % steps.length] as (typeof steps)[number];
        }),
        1,
      );
      const refusals = ["CYCLE", "CONVERSATION", "LIFECYCLE_NOT_OWNED", "PARTICIPANT", "CUSTOMER"];
      expect(refusals).toEqual(expect.arrayContaining([...refusalsOf(outcomes)]));
    }
    expect(await deadlocks()).toBe(before);
  });
});

describe.runIf(onPostgres)("changes of one message at once", () => {
  recountAfterEach();

  async function newMessage(course: Awaited<ReturnType<typeof newRaceCourse>>) {
    const conversationId = idOf(await course.newConversation());
    const [sent] = await course.race([["send", { conversationId, text: "0" }]]);
    return sent?.result.message.id as string;
  }

  test("with one expectedRevision: one is done, the others are told; without, each leaves a revision", async () => {
    const course = await newRaceCourse();
    const id = await newMessage(course);
    const stale = await course.sendAll(
      "updateMessage",
      times(10, (i) => ({ id, text: `first ${i}`, expectedRevision: 0 })),
    );
    expect(succeeded(stale)).toHaveLength(1);
    expect(refusalsOf(stale)).toEqual(new Set(["STALE_REVISION"]));
    const free = await course.sendAll(
      "updateMessage",
      times(10, (i) => ({ id, text: `second ${i}`, metadata: { [`key${i}`]: i } })),
    );
    expect(refusalsOf(free)).toEqual(new Set());
    const { db } = course.ctx;
    const [message] = await db.message.findMany({ where: { workspaceId: course.workspace.id } });
    expect(message?.revision).toBe(11);
    expect(message?.metadata).toEqual(Object.fromEntries(times(10, (i) => [`key${i}`, i])));
    expect(await db.messageRevision.count({ where: { messageId: message?.id ?? "" } })).toBe(11);
  });

  test("and its redaction: no revision is left behind", async () => {
    const course = await newRaceCourse();
    for (const round of times(20, (i) => i)) {
      const id = await newMessage(course);
      const outcomes = await course.race([
        ...times(6, (i) => ["updateMessage", { id, text: `secret ${i}` }] as const),
        ["deleteMessage", { id }],
        ...times(6, (i) => ["updateMessage", { id, text: `later secret ${i}` }] as const),
      ]);
      expect(["MESSAGE_DELETED"], `round ${round}`).toEqual(expect.arrayContaining([...refusalsOf(outcomes)]));
      const messageId = id.slice("message_".length);
      expect(await course.ctx.db.messageRevision.count({ where: { messageId } })).toBe(0);
      const where = { workspaceId: course.workspace.id, id: messageId };
      expect(await course.ctx.db.message.findFirst({ where })).toMatchObject({ text: "", metadata: {} });
    }
  });
});
