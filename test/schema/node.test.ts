import { beforeAll, describe, expect, test } from "vitest";
import { nodeTypes } from "../../src/global-id.ts";
import { idOf, newFamily, unknownId } from "../conversations/operations.ts";
import { withPermissions } from "../support/workspace.ts";

const one = "query ($id: ID!) { node(id: $id) { __typename id } }";
const many = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }";

let ours: Awaited<ReturnType<typeof newFamilyWithRecords>>;
beforeAll(async () => {
  ours = await newFamilyWithRecords();
});

/** A workspace with a record of every type, by its id. */
async function newFamilyWithRecords() {
  const family = await newFamily();
  const { workspaceId } = family.caller;
  const conversationId = family.parent.id.slice("conversation_".length);
  const { db } = family.ctx;
  const message = await db.message.create({ data: { workspaceId, conversationId, text: "Hello" } });
  const participant = await db.participant.findFirstOrThrow({ where: { workspaceId, conversationId } });
  const ids: string[] = [
    idOf("Workspace", family.workspace),
    idOf("Member", family.member),
    idOf("Integration", family.integration),
    family.parent.customer,
    family.parent.channels[0] as string,
    family.parent.id,
    idOf("Participant", participant),
    idOf("Message", message),
  ];
  return { ...family, ids };
}

describe("node", () => {
  test("finds a record of every type by its id", async () => {
    for (const [index, id] of ours.ids.entries())
      expect(await ours.ask(one, { id })).toEqual({ node: { __typename: nodeTypes[index], id } });
  });

  test("is null for an id that nothing has", async () => {
    for (const type of nodeTypes) expect(await ours.ask(one, { id: unknownId(type) })).toEqual({ node: null });
  });

  test("is null for the id of another workspace", async () => {
    const theirs = await newFamilyWithRecords();
    for (const id of theirs.ids) expect(await ours.ask(one, { id })).toEqual({ node: null });
  });

  test.each([
    ...[
      "",
      " ",
      "_",
      "conversation",
      "conversation_",
      "conversation_1",
      "nothing_0190e0a4-5c7e-7c3a-9d2b-6b1f0e3a9c11",
    ],
    ...["0190e0a4-5c7e-7c3a-9d2b-6b1f0e3a9c11", "Conversation_0190e0a4-5c7e-7c3a-9d2b-6b1f0e3a9c11"],
    ...["conversation_0190E0A4-5C7E-7C3A-9D2B-6B1F0E3A9C11", "conversation_0190e0a45c7e7c3a9d2b6b1f0e3a9c11", "\0"],
    ...["Q29udmVyc2F0aW9uOjE=", "conversation_0190e0a4-5c7e-7c3a-9d2b-6b1f0e3a9c11 ", "constructor_1", "' OR 1 = 1"],
  ])("refuses what is no id: %j", async (id) => {
    const { data, errors } = await ours.query(one, { id });
    expect(data?.node ?? null).toBeNull();
    expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT", reason: "INVALID_ID", field: "id" } }]);
  });
});

test("without the permission to read, an id is not even looked at", async () => {
  for (const [document, variables] of [
    [one, { id: "nonsense" }],
    [many, { ids: ["nonsense"] }],
  ] as const) {
    const { errors } = await withPermissions(ours, "engage", "delete").query(document, variables);
    expect(errors).toMatchObject([{ extensions: { code: "FORBIDDEN", reason: "MISSING_PERMISSION" } }]);
  }
});

describe("nodes", () => {
  test("finds records of all types, in the order of the ids, as often as they are asked for", async () => {
    for (const ids of [ours.ids, ours.ids.toReversed(), [...ours.ids, ...ours.ids]]) {
      const { nodes } = await ours.ask(many, { ids });
      expect(nodes.map(({ id }: { id: string }) => id)).toEqual(ids);
    }
    expect(await ours.ask(many, { ids: [] })).toEqual({ nodes: [] });
  });

  test("has null in the place of an id that nothing has", async () => {
    const [workspace, member] = ours.ids;
    const { nodes } = await ours.ask(many, { ids: [unknownId("Member"), member, unknownId("Customer"), workspace] });
    expect(nodes).toMatchObject([null, { id: member }, null, { id: workspace }]);
  });

  test("has null and an error in the place of what is no id, and answers the others", async () => {
    const { data, errors } = await ours.query(many, { ids: [ours.ids[0], "nonsense", ours.ids[1], "", ours.ids[0]] });
    expect(data.nodes).toMatchObject([{ id: ours.ids[0] }, null, { id: ours.ids[1] }, null, { id: ours.ids[0] }]);
    expect(errors).toMatchObject(
      [1, 3].map((place) => ({
        path: ["nodes", place],
        extensions: { code: "BAD_USER_INPUT", reason: "INVALID_ID", field: `ids.${place}` },
      })),
    );
  });

  test("takes 100 ids, not one more", async () => {
    const ids = Array.from({ length: 100 }, () => ours.parent.id);
    expect((await ours.ask(many, { ids })).nodes).toHaveLength(100);
    const { data, errors } = await ours.query(many, { ids: [...ids, ours.parent.id] });
    expect(data?.nodes ?? null).toBeNull();
    expect(errors).toMatchObject([{ extensions: { code: "BAD_USER_INPUT", reason: "TOO_LONG", field: "ids" } }]);
  });
});

test("every id is the record's type in front of its uuid, version 7", async () => {
  const uuid = "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";
  for (const [index, id] of ours.ids.entries())
    expect(id).toMatch(new RegExp(`^${nodeTypes[index]?.toLowerCase()}_${uuid}$`));
});
