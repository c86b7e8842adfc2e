import { beforeAll, expect, test } from "vitest";
import { type NodeType, nodeTypes } from "../../src/global-id.ts";
import { anonymous } from "./answers.ts";
import { contentsOf } from "./contents.ts";
import { call, typesOf, unknownId } from "./requests.ts";
import { named, positions } from "./walk.ts";
import { deletedRecords, deleteWorld, newWorld, type World } from "./world.ts";

// A deleted record looks like one that never existed, to its own workspace and to others.

let us: World;
let them: World;
let gone: World;
let ours: Awaited<ReturnType<typeof deletedRecords>>;
let theirs: typeof ours;
let contents: unknown;
beforeAll(async () => {
  [us, them, gone] = [await newWorld(), await newWorld(), await newWorld()];
  [ours, theirs] = [await deletedRecords(us), await deletedRecords(them)];
  await deleteWorld(gone);
  contents = await contentsOf(us, them);
});

function idsOf(type: NodeType): Record<string, string> {
  const withWorkspace = { "deleted with its workspace": gone.idOf(type) };
  if (type === "Workspace") return withWorkspace;
  return { ...withWorkspace, "deleted from ours": ours.idOf(type), "deleted from theirs": theirs.idOf(type) };
}

test("the records could be found by their own workspace, until they were deleted", () => {
  for (const { types, before, after, idOf } of [ours, theirs]) {
    expect(before).toEqual(types.map((type) => ({ id: idOf(type) })));
    expect(after).toEqual(types.map(() => null));
  }
  expect(ours.types).toHaveLength(nodeTypes.length - 1);
});

test.each(named(positions))(
  "%s takes the id of a deleted record exactly as one that never existed",
  async (_, position) => {
    for (const type of await typesOf(position, us)) {
      const unknown = await call(position, us, unknownId(type));
      for (const [how, id] of Object.entries(idsOf(type))) {
        // The events of a conversation of our own stay in our log.
        if (position.path === "filter.conversationId" && how === "deleted from ours") continue;
        expect(anonymous(await call(position, us, id)), `${type} ${how}`).toBe(anonymous(unknown));
      }
    }
    expect(await contentsOf(us, them)).toEqual(contents);
  },
);

test.each(named(positions.filter(({ list }) => list)))(
  "%s takes deleted ids among others as unknown ones",
  async (_, position) => {
    for (const type of await typesOf(position, us)) {
      const among = (id: string) => call(position, us, [unknownId(type), id, us.idOf(type)]);
      const unknown = await among(unknownId(type));
      for (const [how, id] of Object.entries(idsOf(type))) {
        expect(anonymous(await among(id)), `${type} ${how}`).toBe(anonymous(unknown));
      }
    }
  },
);
