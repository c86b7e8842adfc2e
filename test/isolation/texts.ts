import { graphql, Kind, parse } from "graphql";
import { schema } from "../../src/schema/index.ts";
import { cursorPlaces } from "./connections.ts";
import { type Position, positionsOf } from "./walk.ts";

// Every place that takes a text, which might name a record otherwise than by its id. Cursors are texts of another kind.

const cursors = new Set(cursorPlaces);

// Queries come first: what they find is not yet what mutations made.
export const textPositions: Position[] = [
  ...(await entityKeys()).flatMap(({ type, field }) =>
    positionsOf({ _Any: (value) => ({ __typename: type, [field]: value }) }).map((position) => ({
      ...position,
      name: `${position.name} by ${type}.${field}`,
    })),
  ),
  ...positionsOf({ String: (text) => text, JSONObject: (note) => ({ note }) }).filter(
    ({ place }) => !cursors.has(place),
  ),
];

/** The keys that other subgraphs may refer to entities by, without their ids. */
async function entityKeys(): Promise<{ type: string; field: string }[]> {
  const contextValue = { caller: { permissions: new Set(["read"]) } };
  const { data } = await graphql({ schema, source: "{ _service { sdl } }", contextValue });
  const { sdl } = (data as { _service: { sdl: string } })._service;
  return parse(sdl).definitions.flatMap((definition) => {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) return [];
    const values = definition.directives?.flatMap((directive) => directive.arguments?.map(({ value }) => value) ?? []);
    const fields = values?.flatMap((value) => (value.kind === Kind.STRING ? [value.value] : [])) ?? [];
    return fields.filter((field) => field !== "id").map((field) => ({ type: definition.name.value, field }));
  });
}
