import { beforeAll, describe, expect, test } from "vitest";
import { anonymous, under } from "./answers.ts";
import { contentsOf } from "./contents.ts";
import { forms, together, variablesTogether } from "./forms.ts";
import { call, typesOf, unknownId } from "./requests.ts";
import { named, type Position, positions } from "./walk.ts";
import { newWorld, type World } from "./world.ts";

// However a document writes the question, and whatever it asks beside it, an id of another workspace leads nowhere.

let us: World;
let them: World;
let contents: unknown;
beforeAll(async () => {
  [us, them] = [await newWorld(), await newWorld()];
  contents = await contentsOf(us, them);
});

const alone = async (position: Position, world: World, id: string) =>
  under(await call(position, world, id), position.field.name);

const queries = positions.filter(({ operation }) => operation === "query");
const mutations = positions.filter(({ operation }) => operation === "mutation");

describe.each(Object.entries(forms))("%s", (_, write) => {
  test.each(named(positions))(
    "%s answers as it does plainly, and tells nothing of another workspace",
    async (_, position) => {
      const document = write(position.document);
      const ask = async (id: string) => under(await us.query(document, position.variables(id, us)), "asked");
      for (const type of await typesOf(position, us)) {
        const unknown = await ask(unknownId(type));
        expect(unknown, type).toEqual(await alone(position, us, unknownId(type)));
        expect(anonymous(await ask(them.idOf(type))), type).toBe(anonymous(unknown));
        if (position.operation === "query") {
          expect(await ask(us.idOf(type)), type).toEqual(await alone(position, us, us.idOf(type)));
        }
      }
      expect(await contentsOf(us, them)).toEqual(contents);
    },
  );
});

/** Both ids in one request of this world, the first one first. */
function askTogether(position: Position, world: World, ids: Record<string, string>) {
  const documents = Object.fromEntries(Object.keys(ids).map((key) => [key, position.document]));
  const variables = Object.entries(ids).map(([key, id]) => [key, position.variables(id, world)]);
  return world.query(together(documents), variablesTogether(Object.fromEntries(variables)));
}

test.each(named(queries))(
  "%s, asked for ours and theirs in one request, answers both as alone",
  async (_, position) => {
    for (const type of await typesOf(position, us)) {
      const [own, foreign] = [us.idOf(type), them.idOf(type)];
      for (const ids of [
        { own, foreign },
        { foreign, own },
      ]) {
        const answer = await askTogether(position, us, ids);
        expect(under(answer, "own"), type).toEqual(await alone(position, us, own));
        expect(anonymous(under(answer, "foreign")), type).toBe(anonymous(await alone(position, us, unknownId(type))));
      }
    }
  },
);

test("all queries, asked for ours and theirs in one request, answer each as alone", async () => {
  const documents: Record<string, string> = {};
  const variables: Record<string, object> = {};
  const expected: Record<string, string> = {};
  for (const [index, position] of queries.entries()) {
    for (const type of await typesOf(position, us)) {
      for (const [whose, id] of Object.entries({ theirs: them.idOf(type), ours: us.idOf(type) })) {
        const key = `${whose}_${type}_${index}`;
        documents[key] = position.document;
        variables[key] = position.variables(id, us);
        expected[key] = anonymous(await alone(position, us, whose === "ours" ? id : unknownId(type)));
      }
    }
  }
  const answer = await us.query(together(documents), variablesTogether(variables));
  const answers = Object.keys(expected).map((key) => [key, anonymous(under(answer, key))]);
  expect(Object.fromEntries(answers)).toEqual(expected);
});

test.each(named(mutations))("%s changes ours in one request, and refuses theirs in its place", async (_, position) => {
  for (const type of await typesOf(position, us)) {
    const [single, first, second] = [await newWorld(), await newWorld(), await newWorld()];
    await call(position, single, single.idOf(type));
    const refused = (await alone(position, us, unknownId(type))).errors;
    const ownFirst = await askTogether(position, first, { own: first.idOf(type), foreign: them.idOf(type) });
    const foreignFirst = await askTogether(position, second, { foreign: them.idOf(type), own: second.idOf(type) });
    for (const answer of [ownFirst, foreignFirst]) {
      expect(answer.data, type).toMatchObject({ own: {}, foreign: null });
      expect(answer.errors, type).toHaveLength(1);
      expect(under(answer, "foreign").errors, type).toEqual(refused);
    }
    for (const world of [first, second]) expect(await rowsOf(world), type).toEqual(await rowsOf(single));
  }
  expect(await contentsOf(us, them)).toEqual(contents);
});

/** Sorted without their ids: those of events are random. */
async function rowsOf(world: World): Promise<string[]> {
  return (await contentsOf(world)).map(({ table, row }) => anonymous({ table, row })).sort();
}
