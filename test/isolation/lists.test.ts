import { getNullableType, isListType } from "graphql";
import { beforeAll, expect, test } from "vitest";
import { anonymous, revealed, secretsIn, under } from "./answers.ts";
import { contentsOf } from "./contents.ts";
import { call, typesOf, unknownId } from "./requests.ts";
import { named, type Position, positions } from "./walk.ts";
import { newWorld, type World } from "./world.ts";

// Ids of another workspace among our own, in one list.

let us: World;
let them: World;
let contents: unknown;
beforeAll(async () => {
  [us, them] = [await newWorld(), await newWorld()];
  contents = await contentsOf(us, them);
});

const lists = positions.filter(({ list }) => list);
const queries = lists.filter(({ operation, path }) => operation === "query" && !path.includes("."));
const filters = lists.filter(({ operation, path }) => operation === "query" && path.includes("."));
const mutations = lists.filter(({ operation }) => operation === "mutation");

const mixed = (own: string, other: string) => [
  [own, other],
  [other, own],
  [own, other, own, other],
  [other, other],
];

/** The records answered to these ids, in their order. */
async function recordsOf(position: Position, ids: string[]): Promise<unknown[]> {
  const { data, errors } = under(await call(position, us, ids), position.field.name);
  expect(errors).toEqual([]);
  return data;
}

test.each(named(queries))(
  "%s answers ours, and null in the places of theirs, whatever the order",
  async (_, position) => {
    expect(
      isListType(getNullableType(position.field.type)),
      "Answers no list: say here how to tell whose is whose.",
    ).toBe(true);
    const types = await typesOf(position, us);
    const secrets = secretsIn(await contentsOf(them));
    const answers = new Map<string, unknown>();
    for (const type of types) answers.set(us.idOf(type), (await recordsOf(position, [us.idOf(type)]))[0]);
    const all = types.flatMap((type) => [them.idOf(type), us.idOf(type), unknownId(type)]);
    for (const ids of [all, all.toReversed(), ...types.flatMap((type) => mixed(us.idOf(type), them.idOf(type)))]) {
      const records = await recordsOf(position, ids);
      expect(records).toEqual(ids.map((id) => answers.get(id) ?? null));
      expect(revealed(records, secrets)).toEqual([]);
    }
    expect([...answers.values()]).not.toContain(null);
  },
);

test.each(named(filters))("%s finds with theirs among ours what it finds with unknown ones", async (_, position) => {
  const secrets = secretsIn(await contentsOf(them));
  for (const type of await typesOf(position, us)) {
    const [withTheirs = [], withUnknown = []] = [them.idOf(type), unknownId(type)].map((id) =>
      mixed(us.idOf(type), id),
    );
    for (const [index, ids] of withTheirs.entries()) {
      const answer = await call(position, us, ids);
      expect(answer.errors).toBeUndefined();
      expect(answer).toEqual(await call(position, us, withUnknown[index] ?? []));
      expect(revealed(answer, secrets)).toEqual([]);
    }
  }
});

test.each(named(mutations))(
  "%s refuses ours with theirs among them as with unknown ones, and writes nothing",
  async (_, position) => {
    const besides = [position.wanted, {}, { input: { customerId: us.idOf("Customer") } }];
    for (const type of await typesOf(position, us)) {
      const [withTheirs, withUnknown] = [them.idOf(type), unknownId(type)].map((id) => mixed(us.idOf(type), id));
      for (const more of besides) {
        for (const [index, ids] of withTheirs?.entries() ?? []) {
          const answer = await call(position, us, ids, more);
          expect(answer.errors, ids.join()).toHaveLength(1);
          expect(anonymous(answer)).toBe(anonymous(await call(position, us, withUnknown?.[index] ?? [], more)));
        }
      }
      const { errors } = await call(position, us, [us.idOf(type), them.idOf(type)]);
      expect(errors?.[0]?.extensions).toMatchObject({ code: "NOT_FOUND", field: `${position.path}.1` });
    }
    expect(await contentsOf(us, them)).toEqual(contents);
  },
);
