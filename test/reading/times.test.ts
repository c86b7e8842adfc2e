import { expect, test } from "vitest";
import { encodeGlobalId } from "../../src/global-id.ts";
import { testDatabase } from "../support/database.ts";
import { newWorkspace } from "../support/workspace.ts";

const lists = ["createdAt", "lastActivityAt"] as const;
const listDocument = `query ($filter: ConversationFilter, $orderBy: ConversationOrder, $first: Int, $after: String) {
  conversations(filter: $filter, orderBy: $orderBy, first: $first, after: $after) { edges { cursor node { id createdAt lastActivityAt } } pageInfo { endCursor } }
}`;

/** A workspace with a conversation of each time. */
async function withTimes(...times: string[]) {
  const { db } = await testDatabase();
  const workspace = await newWorkspace();
  const ids: string[] = [];
  for (const time of times) {
    const data = { type: "GROUP", createdAt: new Date(time), lastActivityAt: new Date(time) } as const;
    const { id } = await db.conversation.create({ data: { ...data, workspaceId: workspace.caller.workspaceId } });
    ids.push(encodeGlobalId("Conversation", id));
  }
  return { ...workspace, ids };
}

test.each(lists)("the bounds of %s are rounded up to whole milliseconds, both ends alike", async (field) => {
  const { ask, query, ids } = await withTimes("2026-05-01T10:00:00.446Z", "2026-05-01T10:00:00.447Z");
  const at = (rest: string) => `2026-05-01T10:00:00.44${rest}Z`;
  const found = async (range: object) => {
    const { conversations } = await ask(listDocument, { filter: { [field]: range } });
    return conversations.edges.map(({ node }: { node: { id: string } }) => ids.indexOf(node.id)).sort();
  };
  expect(await found({ from: at("6") })).toEqual([0, 1]);
  expect(await found({ from: at("64") })).toEqual([1]);
  expect(await found({ from: at("6000000001") })).toEqual([1]);
  expect(await found({ from: at("6000") })).toEqual([0, 1]);
  expect(await found({ to: at("64") })).toEqual([0]);
  expect(await found({ to: at("6") })).toEqual([]);
  expect(await found({ from: at("59"), to: at("61") })).toEqual([0]);
  expect(await found({ from: at("61"), to: at("64") })).toEqual([]);
  expect(await found({ from: at("61"), to: at("7") })).toEqual([]);
  for (const range of [
    { from: at("64"), to: at("61") },
    { from: at("64"), to: at("64") },
    { from: at("7"), to: at("7") },
  ]) {
    const { errors } = await query(listDocument, { filter: { [field]: range } });
    expect(errors?.[0]?.extensions).toMatchObject({ reason: "EMPTY_RANGE", field: `filter.${field}` });
  }
});

test.each(["CREATED_AT", "LAST_ACTIVITY_AT"])(
  "every time that can be stored makes a cursor of %s that works",
  async (field) => {
    const times = [
      ...[
        "0001-01-01T00:00:00.000Z",
        "0099-12-31T23:59:59.999Z",
        "1582-10-10T00:00:00.001Z",
        "1969-12-31T23:59:59.999Z",
      ],
      ...[
        "1970-01-01T00:00:00.000Z",
        "2001-09-09T01:46:40.000Z",
        "5138-11-16T09:46:40.000Z",
        "9999-12-31T23:59:59.999Z",
      ],
    ];
    const { ask, ids } = await withTimes(...times);
    for (const [direction, expected] of [
      ["ASC", times],
      ["DESC", times.toReversed()],
    ] as const) {
      const seen: string[] = [];
      let after: string | null = null;
      for (let n = 0; n <= times.length; n++) {
        const {
          conversations,
        }: { conversations: { edges: { node: { createdAt: string } }[]; pageInfo: { endCursor: string | null } } } =
          await ask(listDocument, { orderBy: { field, direction }, first: 1, after });
        seen.push(...conversations.edges.map(({ node }) => node.createdAt));
        after = conversations.pageInfo.endCursor ?? after;
      }
      expect(seen).toEqual(expected);
    }
    expect(ids).toHaveLength(times.length);
  },
);

test.each(
  ["createdAt", "updatedAt", "lastActivityAt"].flatMap((column) =>
    ["infinity", "-infinity", "0001-01-01 00:00:00 BC", "10000-01-01Z"].map((time) => [column, time]),
  ),
)("as %s, the time %s, which no client can be shown, is not stored", async (column, time) => {
  const { pool } = await testDatabase();
  const { caller } = await newWorkspace();
  const insert = `INSERT INTO "Conversation" ("workspaceId", type, "${column}") VALUES ($1, 'GROUP', $2)`;
  await expect(pool.query(insert, [caller.workspaceId, time])).rejects.toThrow("Conversation_times_shown");
});

test("an empty cursor is the end of the list that it stands for", async () => {
  const { ask } = await withTimes("2026-05-01T10:00:00Z", "2026-05-02T10:00:00Z");
  const all = (await ask(listDocument, {})).conversations;
  expect((await ask(listDocument, { after: "" })).conversations).toEqual(all);
  expect(
    (
      await ask(
        `{ conversations(last: 5, before: "") { edges { cursor node { id createdAt lastActivityAt } } pageInfo { endCursor } } }`,
      )
    ).conversations,
  ).toEqual(all);
});
