import { describe, expect, test } from "vitest";
import { onPostgres } from "../support/database.ts";
import { idOf, newRaceCourse, recountAfterEach, refusalsOf, times } from "./race.ts";

// A reader that follows a conversation by its cursors, while many send into it.

const page = `query ($id: ID!, $before: String) { conversation(id: $id) {
  messages(last: 100, before: $before) { nodes { number text } pageInfo { startCursor } } } }`;

describe.runIf(onPostgres)("a reader that passes the last cursor again and again", () => {
  recountAfterEach();

  test("gets every message once, in the order of their numbers, which are dense, while 12 write", async () => {
    const course = await newRaceCourse();
    const conversationId = idOf(await course.newConversation());
    const seen: { number: number; text: string }[] = [];
    let before: string | null = null;
    const readOn = async () => {
      const { conversation } = await course.ask(page, { id: conversationId, before });
      const { nodes, pageInfo } = conversation.messages;
      seen.push(...nodes.toReversed());
      before = pageInfo.startCursor ?? before;
      return nodes.length;
    };
    let sending = true;
    const writers = times(12, async (writer) => {
      for (const i of times(40, (i) => i)) {
        const input = { conversationId, text: `${writer}.${i}` };
        expect(refusalsOf(await course.race([["send", input]]))).toEqual(new Set());
      }
    });
    const sent = Promise.all(writers).finally(() => {
      sending = false;
    });
    while (sending) await readOn();
    await sent;
    while ((await readOn()) > 0);
    expect(seen.map(({ number }) => number)).toEqual(times(480, (i) => i + 1));
    expect(new Set(seen.map(({ text }) => text)).size).toBe(480);
  });
});
