import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { idOf, unknownId } from "../conversations/operations.ts";
import { testDatabase } from "../support/database.ts";
import { change, listed, newChat, redact, refusalOfChange, refusalOfRedaction, sendTo } from "./operations.ts";

/** Every row of every table, as text. */
async function dump(): Promise<string> {
  const { pool } = await testDatabase();
  const { rows: tables } = await pool.query<{ name: string }>(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'",
  );
  expect(tables.length).toBeGreaterThan(12);
  const rows = await Promise.all(tables.map(({ name }) => pool.query(`SELECT t::text AS row FROM "${name}" t`)));
  return JSON.stringify(rows.map((result) => result.rows));
}

describe("redacts", () => {
  test("a message so that no table holds a copy of its content, in any revision", async () => {
    const { id, ...ours } = await newChat();
    const secrets = Array.from({ length: 8 }, () => randomUUID());
    const [a, b, c, d, e, f, g, h] = secrets;
    const sent = await sendTo(ours, id, {
      content: [
        { language: "en", text: `Hello ${a}` },
        { language: "ar", text: `Hello ${b}` },
      ],
      attachments: [{ url: `https://example.com/${c}`, name: `${d}` }],
      metadata: { note: e },
      idempotencyKey: "one",
    });
    const message = sent.message.id;
    await change(ours, { id: message, text: `Now ${f}`, metadata: { other: g } });
    await change(ours, { id: message, attachments: [{ url: `https://example.com/${h}` }] });
    const before = await dump();
    for (const secret of secrets) expect(before).toContain(secret);
    await redact(ours, message);
    const after = await dump();
    for (const secret of secrets) expect(after).not.toContain(secret);
    const where = { workspaceId: ours.workspace.id };
    expect(await ours.ctx.db.message.findMany({ where, select: { inputHash: true } })).toEqual([{ inputHash: null }]);
    expect(await ours.ctx.db.messageRevision.count({ where })).toBe(0);
  });

  test("and leaves number and place; the counts stay; done again it answers the same", async () => {
    const { id, ...ours } = await newChat();
    const { message } = await sendTo(ours, id, { text: "first" });
    await sendTo(ours, id, { text: "second", parentId: message.id });
    const redacted = await redact(ours, message.id);
    expect(redacted).toMatchObject({
      ...{
        id: message.id,
        number: 1,
        text: "",
        content: [],
        attachments: [],
        metadata: {},
        revision: 1,
        revisions: [],
      },
      ...{ deletedAt: expect.stringMatching(/^20/), author: { id: idOf("Member", ours.member) } },
    });
    expect(await redact(ours, message.id)).toEqual(redacted);
    expect(await listed(ours, id)).toEqual({
      totalCount: 2,
      nodes: [
        [2, "second"],
        [1, ""],
      ],
    });
    const reply = await sendTo(ours, id, { text: "What did you say?", parentId: message.id });
    expect(reply.outcome).toBe("SENT");
  });

  test("the first result of its idempotencyKey: it is not sent anew, with any input", async () => {
    const { id, ...ours } = await newChat();
    const input = { text: "once", idempotencyKey: "one" };
    const { message } = await sendTo(ours, id, input);
    await redact(ours, message.id);
    for (const again of [input, { ...input, text: "twice" }])
      expect(await sendTo(ours, id, again)).toMatchObject({
        outcome: "REPEATED",
        message: { id: message.id, text: "" },
      });
  });

  test("for good: the message cannot be changed", async () => {
    const { id, ...ours } = await newChat();
    const { message } = await sendTo(ours, id, { text: "x" });
    await redact(ours, message.id);
    expect(await refusalOfChange(ours, { id: message.id, text: "y" })).toEqual({
      ...{ code: "CONFLICT", reason: "MESSAGE_DELETED", field: "input.id" },
    });
  });
});

describe("is for", () => {
  test("the integration that sent it, and the one that owns the conversation", async () => {
    const { id, ...owner } = await newChat();
    const [sender, stranger] = [await owner.newActor(), await owner.newActor()];
    const sent = async () => (await sendTo(sender, id, { text: "x" })).message.id;
    const message = await sent();
    expect(await refusalOfRedaction(stranger, message)).toEqual({
      ...{ code: "FORBIDDEN", reason: "MESSAGE_NOT_OWNED", field: "input.id" },
    });
    expect((await redact(sender, message)).text).toBe("");
    expect((await redact(owner, await sent())).text).toBe("");
  });

  test("messages that exist", async () => {
    expect(await refusalOfRedaction(await newChat(), unknownId("Message"))).toEqual({
      ...{ code: "NOT_FOUND", reason: "MESSAGE", field: "input.id" },
    });
  });
});
