import fc from "fast-check";
import { type DocumentNode, execute, parse, validate } from "graphql";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { answerCompiled } from "../../src/compile/execute-compiled.ts";
import { KeptStatement } from "../../src/compile/kept-statement.ts";
import type { Context } from "../../src/context.ts";
import { schema } from "../../src/schema/index.ts";
import { newContext } from "../support/context.ts";
import { testDatabase } from "../support/database.ts";
import { newWorkspace } from "../support/workspace.ts";
import { liftArguments, otherValues, type Variables } from "./other-variables.ts";
import { randomQuery } from "./random-query.ts";
import { newWorld, type World } from "./world.ts";

// A statement that was made for some variables answers the operation for others as the resolvers do.

/** Each is asked four times, by the compiler and by the resolvers. */
const runs = Number(process.env.DIFFERENTIAL_RUNS ?? 100);

let world: World;
beforeAll(async () => {
  world = await newWorld();
});
afterEach(() => vi.restoreAllMocks());

/** Whether the compiler answers; if so, as the resolvers do. */
async function compare(document: DocumentNode, variableValues: Variables, { ctx } = world.workspace): Promise<boolean> {
  const args = { schema, document, variableValues };
  const answer = await answerCompiled({ ...args, contextValue: newContext(ctx) });
  const { data, errors } = await execute({ ...args, contextValue: newContext(ctx) });
  if (answer.data === undefined) return false;
  expect(errors).toBeUndefined();
  expect(JSON.stringify(JSON.parse(answer.data))).toBe(JSON.stringify(JSON.parse(JSON.stringify(data))));
  return true;
}

function countKept(): () => number {
  const spy = vi.spyOn(KeptStatement.prototype, "valuesFor");
  return () => spy.mock.results.filter(({ value }) => value !== undefined).length;
}

describe("a kept statement", () => {
  test("answers for other variables as the resolvers do", async () => {
    const kept = countKept();
    let compiled = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { minLength: 40, maxLength: 300 }), async (choices) => {
        let used = 0;
        const choose = (n: number) => (choices[used++ % choices.length] as number) % n;
        const random = randomQuery(schema, world, choices);
        const parsed = parse(random.document);
        if (validate(schema, parsed).length > 0) return;
        const { document, values } = liftArguments(parsed, choose);
        expect(validate(schema, document)).toEqual([]);
        await compare(document, { ...random.variables, ...values });
        for (let n = 0; n < 3; n++) {
          if (await compare(document, { ...random.variables, ...otherValues(world, values, choose) })) compiled++;
        }
      }),
      { numRuns: runs },
    );
    expect(kept()).toBeGreaterThan(compiled / 8);
    expect(kept()).toBeGreaterThan(runs / 8);
  });

  const page = parse(`query ($id: ID!, $first: Int, $after: String) {
    conversation(id: $id) { id children(first: $first, after: $after) { nodes { id } pageInfo { endCursor } } }
  }`);

  test("is made once for all ids, sizes and cursors, and once more for pages without a cursor", async () => {
    const { recordQueries } = await testDatabase();
    const [id, child] = world.ids.Conversation as [string, string];
    const [after, later] = world.cursors.get(`children.${id}`) as [string, string];
    const asked: Variables[] = [
      { id, first: 2 },
      { id: child, first: 5 },
      { id, first: 1, after },
      { id, first: 3, after: later },
      { id },
    ];
    const queries = await recordQueries(async () => {
      for (const variables of asked) expect(await compare(page, variables)).toBe(true);
    });
    const texts = queries.map(({ text }) => text).filter((text) => text.includes('"children"'));
    expect(texts).toHaveLength(asked.length);
    expect(new Set(texts).size).toBe(2);
    expect([0, 1, 4].map((at) => texts[at])).toEqual(Array(3).fill(texts[0]));
  });

  test("leaves what is wrong to the resolvers, each time", async () => {
    const [id, other] = world.ids.Conversation as [string, string];
    const [after] = world.cursors.get(`children.${id}`) as [string];
    expect(await compare(page, { id, after })).toBe(true);
    for (const wrong of [
      { id: "wrong", after },
      { id: other, after },
      { id, after: "wrong" },
      { id, first: -1, after },
    ])
      expect(await compare(page, wrong)).toBe(false);
    const literal = parse(
      `query ($id: ID!) { conversation(id: $id) { children(after: "${after}") { nodes { id } } } }`,
    );
    expect(await compare(literal, { id })).toBe(true);
    expect(await compare(literal, { id: other })).toBe(false);
  });

  test("is another one for each workspace and for other permissions", async () => {
    const document = parse("query ($first: Int) { conversations(first: $first) { nodes { id viewerCanDelete } } }");
    const other = await newWorkspace();
    const kept = countKept();
    const asking = { ctx: world.workspace.ctx };
    const less = { ctx: { ...asking.ctx, caller: { ...asking.ctx.caller, permissions: new Set(["read"] as const) } } };
    for (const one of [asking, other, less]) expect(await compare(document, { first: 3 }, one as never)).toBe(true);
    expect(kept()).toBe(0);
    for (const one of [asking, other, less]) expect(await compare(document, { first: 2 }, one as never)).toBe(true);
    expect(kept()).toBe(3);
  });

  test("holds nothing of the request that it was made for", async () => {
    const { setFlagsFromString } = await import("node:v8");
    const { runInNewContext } = await import("node:vm");
    setFlagsFromString("--expose-gc");
    const collectGarbage = runInNewContext("gc") as () => void;
    const documents = [
      `query ($id: ID!, $n: Int) { node(id: $id) { ... on Conversation { children(first: $n) { totalCount edges { cursor } } } } }`,
      `query ($id: ID!, $n: Int) { listSubConversations(parentId: $id, last: $n) { nodes { messages(first: $n) { nodes { text } } } } }`,
      `query ($id: ID!, $n: Int) { message(id: $id) { id } customer(externalId: "c1") { id } customers(first: $n) { nodes { id } } }`,
    ].map((text) => parse(text));
    const ids = [world.ids.Conversation, world.ids.Conversation, world.ids.Message].map((all) => all?.[0]);
    const ask = async (document: DocumentNode, id: unknown): Promise<WeakRef<Context>> => {
      const contextValue = newContext(world.workspace.ctx);
      const answer = await answerCompiled({ schema, document, variableValues: { id, n: 2 }, contextValue });
      expect(answer.data).toBeDefined();
      return new WeakRef(contextValue);
    };
    const contexts = await Promise.all(documents.map((document, at) => ask(document, ids[at])));
    const kept = countKept();
    await new Promise(setImmediate);
    collectGarbage();
    expect(contexts.map((context) => context.deref())).toEqual([undefined, undefined, undefined]);
    await Promise.all(documents.map((document, at) => ask(document, ids[at])));
    expect(kept()).toBe(3);
  });
});
