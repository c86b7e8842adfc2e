import { describe, expect, test } from "vitest";
import { onPostgres } from "../support/database.ts";
import { idOf, newRaceCourse, recountAfterEach, times } from "./race.ts";

// A reader that follows the log of a workspace by its cursors, while many change it.

const page = `query ($after: String) { events(first: 100, after: $after, filter: { includeInternal: true }) {
  nodes { number type messageId conversationId } pageInfo { endCursor } } }`;

describe.runIf(onPostgres)("a reader that passes the last cursor of the events again and again", () => {
  recountAfterEach();

  test("gets every event once, in the order of their numbers, which are dense, while 12 write", async () => {
    const course = await newRaceCourse();
    const seen: { number: number; type: string; messageId: string }[] = [];
    let after: string | null = null;
    const readOn = async () => {
      const { events } = await course.ask(page, { after });
      seen.push(...events.nodes);
      after = events.pageInfo.endCursor ?? after;
      return events.nodes.length;
    };
    const [a, b, c] = await Promise.all(times(3, () => course.newConversation()));
    const [top = "", other = "", busy = ""] = [a, b, c].map((id) => idOf(id as string));
    let writing = true;
    const written = times(12, async (writer) => {
      const sent: string[] = [];
      for (const i of times(3, (i) => i)) {
        const conversationId = [top, other, busy][(writer + i) % 3] as string;
        // The third is refused: its transaction is rolled back.
        const outcomes = await course.race([
          ["send", { conversationId, text: `${writer}.${i}` }],
          ["update", { id: conversationId, metadata: { [`k${writer}`]: i } }],
          ["update", { id: top, parentId: i % 2 ? top : writer % 2 ? other : null }],
          ["createSub", { parentId: busy, channelIdentifier: `c${i % 5}.example.com` }],
        ]);
        sent.push(outcomes[0]?.result?.message.id);
      }
      return sent;
    });
    const all = Promise.all(written).finally(() => {
      writing = false;
    });
    while (writing) await readOn();
    const sent = (await all).flat();
    while ((await readOn()) > 0);
    expect(seen.map(({ number }) => number)).toEqual(times(seen.length, (i) => i + 1));
    expect(new Set(seen.flatMap(({ type, messageId }) => (type === "MESSAGE_SENT" ? messageId : [])))).toEqual(
      new Set(sent),
    );
  }, 180_000);
});
