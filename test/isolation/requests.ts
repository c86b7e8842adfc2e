import { encodeGlobalId, type NodeType, nodeTypes } from "../../src/global-id.ts";
import type { Position } from "./walk.ts";
import type { World } from "./world.ts";

export const unknownId = (type: NodeType) => encodeGlobalId(type, "0190e0a4-5c7e-7c3a-9d2b-6b1f0e3a9c11");

/** Asks the position's field with this value, or these, at the position. */
export function call({ document, variables }: Position, world: World, value: string | string[], besides?: object) {
  return world.query(document, variables(value, world, besides));
}

const known = new Map<string, Promise<NodeType[]>>();

/** The types whose ids the position takes, as it answers to unknown ones. */
export function typesOf(position: Position, world: World): Promise<NodeType[]> {
  const types = known.get(position.name) ?? readTypes(position, world);
  known.set(position.name, types);
  return types;
}

async function readTypes(position: Position, world: World): Promise<NodeType[]> {
  const taken: NodeType[] = [];
  for (const type of nodeTypes) {
    const { errors } = await call(position, world, unknownId(type));
    if (!errors?.some(({ extensions }) => extensions.code === "BAD_USER_INPUT")) taken.push(type);
  }
  return taken;
}
