import { describe, expect, test } from "vitest";
import { idOf, unknownId } from "../conversations/operations.ts";
import { testDatabase } from "../support/database.ts";
import { change, newChat, refusalOfChange, sendTo } from "./operations.ts";

describe("changes", () => {
  test("the text, and keeps the former content", async () => {
    const { id, ...ours } = await newChat();
    const { message } = await sendTo(ours, id, { content: [{ language: "en", text: "Helo" }], metadata: { a: 1 } });
    expect(message).toMatchObject({ revision: 0, revisions: [], editedAt: null });
    const first = await change(ours, { id: message.id, text: "Hello" });
    const second = await change(ours, { id: message.id, content: [{ language: "de", text: "Hallo" }] });
    expect(second).toMatchObject({
      ...{ text: "Hallo", content: [{ language: "de", text: "Hallo" }], revision: 2, metadata: { a: 1 }, number: 1 },
      revisions: [
        { revision: 1, content: [{ language: null, text: "Hello" }], editedAt: second.editedAt },
        { revision: 0, content: [{ language: "en", text: "Helo" }], editedAt: first.editedAt },
      ],
    });
    expect(second.revisions[0].integration.id).toBe(idOf("Integration", ours.integration));
  });

  test("attachments as a whole, and metadata by merging, without a former content", async () => {
    const { id, ...ours } = await newChat();
    const { message } = await sendTo(ours, id, { text: "x", metadata: { a: 1, b: 2 } });
    const attachments = [{ url: "https://example.com/a" }];
    expect(await change(ours, { id: message.id, metadata: { b: null, c: 3 } })).toMatchObject({
      ...{ metadata: { a: 1, c: 3 }, revision: 1, editedAt: null, revisions: [] },
    });
    expect(await change(ours, { id: message.id, attachments, text: null })).toMatchObject({
      ...{ text: "", content: [], attachments, revision: 2, revisions: [{ revision: 1, attachments: [] }] },
    });
    expect(await change(ours, { id: message.id, metadata: null, text: "y", attachments: null })).toMatchObject({
      ...{ metadata: {}, text: "y", attachments: [], revision: 3 },
    });
  });

  test("nothing when nothing differs", async () => {
    const { id, ...ours } = await newChat();
    const attachments = [{ url: "https://example.com/a", name: "a" }];
    const { message } = await sendTo(ours, id, { text: "x", attachments, metadata: { a: 1 } });
    const { pool } = await testDatabase();
    const row = async () =>
      (await pool.query(`SELECT xmin, * FROM "Message" WHERE id = $1`, [message.id.slice("message_".length)])).rows;
    const before = await row();
    for (const same of [{ text: "x" }, { attachments }, { metadata: { a: 1, b: null } }, { text: "x", metadata: {} }])
      expect((await change(ours, { id: message.id, ...same })).revision).toBe(0);
    expect(await row()).toEqual(before.map((one) => ({ ...one, xmin: expect.anything() })));
  });

  test("a message that others changed meanwhile, only with the present revision", async () => {
    const { id, ...ours } = await newChat();
    const { message } = await sendTo(ours, id, { text: "x" });
    await change(ours, { id: message.id, text: "y", expectedRevision: 0 });
    expect(await refusalOfChange(ours, { id: message.id, text: "z", expectedRevision: 0 })).toEqual({
      ...{ code: "CONFLICT", reason: "STALE_REVISION", field: "input.expectedRevision", revision: 1 },
    });
  });

  test("with the last 100 former contents kept", async () => {
    const { id, ...ours } = await newChat();
    const { message } = await sendTo(ours, id, { text: "0" });
    await ours.ctx.db.message.updateMany({ where: { conversationId: id.slice(13) }, data: { revision: 98 } });
    for (const text of ["a", "b", "c"]) await change(ours, { id: message.id, text });
    const { pool } = await testDatabase();
    await pool.query(
      `INSERT INTO "MessageRevision" ("workspaceId", "messageId", revision, text, translations, attachments)
       SELECT "workspaceId", id, n, 'x', '[]', '[]' FROM "Message", generate_series(0, 97) AS n WHERE id = $1`,
      [message.id.slice(8)],
    );
    const { revisions } = (await change(ours, { id: message.id, text: "d" }, "first: 100")) as {
      revisions: { revision: number }[];
    };
    expect(revisions.map(({ revision }) => revision)).toEqual(Array.from({ length: 100 }, (_, i) => 101 - i));
  });
});

describe("refuses", () => {
  test("a message of another integration, and one without an author", async () => {
    const { id, ...ours } = await newChat();
    const { message } = await sendTo(ours, id, { text: "x" });
    const notOwned = { code: "FORBIDDEN", reason: "MESSAGE_NOT_OWNED", field: "input.id" };
    expect(await refusalOfChange(await ours.newActor(), { id: message.id, text: "y" })).toEqual(notOwned);
    const { workspaceId } = ours.caller;
    const notice = await ours.ctx.db.message.create({
      data: { workspaceId, conversationId: id.slice(13), text: "Notice" },
    });
    expect(await refusalOfChange(ours, { id: idOf("Message", notice), text: "y" })).toEqual(notOwned);
  });

  test.each([
    ["nothing to change", {}, "REQUIRED", "input"],
    ["text and content", { text: "a", content: [{ language: "en", text: "a" }] }, "CONTRADICTION", "input.content"],
    ["no content at all", { text: null }, "REQUIRED", "input"],
    ["blanks", { text: " " }, "TOO_SHORT", "input.text"],
    ["metadata that grows too large", { metadata: { b: "x".repeat(9000) } }, "METADATA_TOO_LARGE", "input.metadata"],
  ])("%s", async (_, input, reason, field) => {
    const { id, ...ours } = await newChat();
    const { message } = await sendTo(ours, id, { text: "x", metadata: { a: "x".repeat(9000) } });
    const refused = await refusalOfChange(ours, { id: message.id, ...input });
    expect(refused).toEqual({ code: "BAD_USER_INPUT", reason, field });
  });

  test("an unknown message", async () => {
    const unknown = await refusalOfChange(await newChat(), { id: unknownId("Message"), text: "y" });
    expect(unknown).toEqual({ code: "NOT_FOUND", reason: "MESSAGE", field: "input.id" });
  });
});
