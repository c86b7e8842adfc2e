import {
  type GraphQLArgument,
  type GraphQLInputField,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isScalarType,
} from "graphql";
import { expect, test } from "vitest";
import { schema } from "../../src/schema/index.ts";
import { connections, cursorPlaces } from "./connections.ts";
import { textPositions } from "./texts.ts";
import { positions } from "./walk.ts";

// All inputs of the schema, listed by type instead of walked from the root. The attacks of this folder reach all of them.

const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith("__"));

const taken = [
  ...types.filter(isInputObjectType).flatMap((type) => inputsOf(type.name, Object.values(type.getFields()))),
  ...types
    .filter((type) => isObjectType(type) || isInterfaceType(type))
    .flatMap((type) =>
      Object.values(type.getFields()).flatMap((field) => inputsOf(`${type.name}.${field.name}`, field.args)),
    ),
];

function inputsOf(owner: string, inputs: readonly (GraphQLArgument | GraphQLInputField)[]) {
  return inputs.map((input) => ({ place: `${owner}.${input.name}`, type: getNamedType(input.type) }));
}

const placesOf = (...names: string[]) =>
  taken.filter(({ type }) => names.includes(type.name)).map(({ place }) => place);

test("every place that takes an id is attacked with ids", () => {
  expect(new Set(placesOf("ID", "_Any"))).toEqual(new Set(positions.map(({ place }) => place)));
});

test("every place that takes a text is attacked with texts, or with cursors", () => {
  const attacked = new Set([...textPositions.map(({ place }) => place), ...cursorPlaces]);
  expect(new Set(placesOf("String", "JSONObject", "_Any"))).toEqual(attacked);
});

test("all other inputs of the schema cannot name a record", () => {
  const leaves = taken.map(({ type }) => type).filter(isScalarType);
  const others = leaves.filter(({ name }) => !["ID", "_Any", "String", "JSONObject"].includes(name));
  expect([...new Set(others.map(({ name }) => name))].sort()).toEqual(["Boolean", "DateTime", "Int", "SafeInt"]);
  expect(taken.filter(({ type }) => !isScalarType(type) && !isEnumType(type) && !isInputObjectType(type))).toEqual([]);
});

test("every list that pages takes part in the attack with cursors", () => {
  const paging = types.filter(isObjectType).flatMap((type) =>
    Object.values(type.getFields())
      .filter((field) => getNamedType(field.type).name.endsWith("Connection"))
      .map((field) => `${type.name}.${field.name}`),
  );
  expect(new Set(connections.map(({ place }) => place))).toEqual(new Set(paging));
});
