import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { add, anotherParent, idsOf, type List, lists, newPlace, type Place, remove } from "../schema/lists.ts";

/** A page, and what happens before the next one: rows that arrive, and rows that go, by their place among those left. */
interface Step {
  size: number;
  added: number;
  removed: number[];
}

const steps = fc.array(
  fc.record<Step>({
    size: fc.integer({ min: 1, max: 7 }),
    added: fc.nat({ max: 3 }),
    removed: fc.array(fc.nat(), { maxLength: 3 }),
  }),
  { minLength: 1, maxLength: 8 },
);

/** Pages through the list, each page as the next step says, until there is no more. Gives the ids in the order of the list. */
async function pageThrough(place: Place, list: List, backward: boolean, walk: Step[]): Promise<string[]> {
  const seen: string[] = [];
  let cursor: string | null = null;
  for (let i = 0; ; i++) {
    const { size, added, removed } = walk[i % walk.length] as Step;
    const args: string = `${backward ? "last" : "first"}: ${size}, ${backward ? "before" : "after"}: ${JSON.stringify(cursor)}`;
    const data = await place.ask(
      `{ ${list.ask(place, args, "nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }")} }`,
    );
    const { nodes, pageInfo } = (data.conversation ?? data.message ?? data.node ?? data).list;
    const ids = nodes.map(({ id }: { id: string }) => id);
    seen.splice(backward ? 0 : seen.length, 0, ...ids);
    if (!(backward ? pageInfo.hasPreviousPage : pageInfo.hasNextPage)) return seen;
    cursor = backward ? pageInfo.startCursor : pageInfo.endCursor;
    // The walk ends: rows are only added while it is not longer than the steps.
    if (i < walk.length) await add(place, list.rows, added);
    for (const at of removed) {
      const left = await idsOf(place, list);
      const victim = left[at % left.length];
      if (victim) await remove(place, list.rows, victim);
    }
  }
}

describe.each(lists.filter(({ field }) => field.startsWith("Conversation.")))("paging through $name", (list) => {
  let workspace: Place;
  beforeAll(async () => {
    workspace = await newPlace(0);
  });

  test.each([
    ["forward", false],
    ["backward", true],
  ])("%s gives every surviving row once and in order, whatever comes and goes", async (_direction, backward) => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 25 }), steps, async (size, walk) => {
        const place = await anotherParent(workspace);
        await add(place, list.rows, size);
        const before = await idsOf(place, list);
        const seen = await pageThrough(place, list, backward, walk);
        const after = await idsOf(place, list);

        expect(new Set(seen).size).toBe(seen.length);
        expect(seen).toEqual(expect.arrayContaining(before.filter((id) => after.includes(id))));
        const survivors = new Set(after);
        expect(seen.filter((id) => survivors.has(id))).toEqual(after.filter((id) => seen.includes(id)));
      }),
      { numRuns: 25 },
    );
  });

  test("without changes gives exactly the list, forward and backward", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 25 }), fc.integer({ min: 1, max: 9 }), async (count, size) => {
        const place = await anotherParent(workspace);
        await add(place, list.rows, count);
        const all = await idsOf(place, list);
        for (const backward of [false, true]) {
          expect(await pageThrough(place, list, backward, [{ size, added: 0, removed: [] }])).toEqual(all);
        }
      }),
      { numRuns: 10 },
    );
  });
});
