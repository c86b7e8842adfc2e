import { describe, expect, test } from "vitest";
import { onPostgres, testDatabase } from "../support/database.ts";
import { idOf, newRaceCourse, times } from "./race.ts";

// A reader that follows a conversation by its cursors, while many send into it.

const page = `query ($id: ID!, $before: String) { conversation(id: $id) {
  messages(last: 100, before: $before) { nodes { text } pageInfo { startCursor } } } }`;

describe.runIf(onPostgres)("a reader that passes the last cursor again and again", () => {
  test("gets every message once, in the order of the list, while 12 write", async () => {
    const course = await newRaceCourse();
    const conversationId = await course.newConversation();
    const { pool } = await testDatabase();
    const seen: string[] = [];
    let before: string | null = null;
    const readOn = async () => {
      const { conversation } = await course.ask(page, { id: idOf(conversationId), before });
      const { nodes, pageInfo } = conversation.messages;
      seen.push(...nodes.map(({ text }: { text: string }) => text).toReversed());
      before = pageInfo.startCursor ?? before;
      return nodes.length;
    };
    let sending = true;
    const sent = Promise.all(
      times(12, async (writer) => {
        for (const i of times(50, (i) => i)) {
          await pool.query(`INSERT INTO "Message" ("workspaceId", "conversationId", text) VALUES ($1, $2, $3)`, [
            course.workspace.id,
            conversationId,
            `${writer}.${i}`,
          ]);
        }
      }),
    ).then(() => {
      sending = false;
    });
    while (sending) await readOn();
    await sent;
    while ((await readOn()) > 0);
    expect(seen.length).toBe(600);
    expect(new Set(seen).size).toBe(600);
  });
});
