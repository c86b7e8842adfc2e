import fc from "fast-check";
import { type DocumentNode, execute, isObjectType, parse, TypeInfo, validate, visit, visitWithTypeInfo } from "graphql";
import { beforeAll, describe, expect, test } from "vitest";
import { answerCompiled } from "../../src/compile/execute-compiled.ts";
import { schema } from "../../src/schema/index.ts";
import { newContext } from "../support/context.ts";
import { notCompiled, randomQuery } from "./random-query.ts";
import { newWorld, type World } from "./world.ts";

// The resolvers are the reference: a compiled query gives the same JSON, keys in the same order.

const runs = Number(process.env.DIFFERENTIAL_RUNS ?? 300);

let world: World;
beforeAll(async () => {
  world = await newWorld();
});

/** Fields of object types that a document selects. */
function fieldsOf(document: DocumentNode): string[] {
  const types = new TypeInfo(schema);
  const fields: string[] = [];
  const Field = () => {
    const [parent, field] = [types.getParentType(), types.getFieldDef()];
    if (parent && field) fields.push(`${parent.name}.${field.name}`);
  };
  visit(document, visitWithTypeInfo(types, { Field }));
  return fields;
}

const answered = new Set<string>();

async function compare(document: DocumentNode, variableValues: Record<string, unknown>): Promise<boolean> {
  const args = { schema, document, variableValues };
  const answer = await answerCompiled({ ...args, contextValue: newContext(world.workspace.ctx) });
  if (answer.data === undefined) return false;
  const { data, errors } = await execute({ ...args, contextValue: newContext(world.workspace.ctx) });
  expect(errors).toBeUndefined();
  // The resolvers' result goes through JSON text too, so that times and JSON compare as clients see them.
  expect(JSON.stringify(JSON.parse(answer.data))).toBe(JSON.stringify(JSON.parse(JSON.stringify(data))));
  for (const field of fieldsOf(document)) answered.add(field);
  return true;
}

describe("a compiled query", () => {
  test("answers as the resolvers do, and of random queries most are compiled", async () => {
    const asked = { compiled: 0, resolved: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { minLength: 40, maxLength: 300 }), async (choices) => {
        const { document, variables } = randomQuery(schema, world, choices);
        const parsed = parse(document);
        if (validate(schema, parsed).length > 0) return;
        asked[(await compare(parsed, variables)) ? "compiled" : "resolved"]++;
      }),
      { numRuns: runs },
    );
    expect(asked.compiled / (asked.compiled + asked.resolved)).toBeGreaterThan(0.6);
    expect(asked.compiled).toBeGreaterThan(runs / 2);
  });

  test("has been made of every field that Query leads to", () => {
    const types = Object.values(schema.getTypeMap()).filter(
      (type) => isObjectType(type) && !/^(__|_Service|Mutation|Subscription|EventBatch|.*Payload$)/.test(type.name),
    );
    const all = types.flatMap((type) =>
      isObjectType(type) ? Object.keys(type.getFields()).map((name) => `${type.name}.${name}`) : [],
    );
    const expected = all.filter((field) => !notCompiled.includes(field.split(".")[1] as string));
    expect(expected.length).toBeGreaterThan(80);
    expect(expected.filter((field) => !answered.has(field))).toEqual([]);
  });
});
