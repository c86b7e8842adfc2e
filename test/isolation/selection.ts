import { type GraphQLOutputType, getNamedType, isAbstractType, isObjectType, isRequiredArgument } from "graphql";
import { schema } from "../../src/schema/index.ts";

/** Everything below that takes no required argument, so many levels deep; fields answer as `Type_field`. */
export function selection(type: GraphQLOutputType, levels: number, without: readonly string[] = []): string {
  const named = getNamedType(type);
  if (isAbstractType(named)) {
    const fragments = schema
      .getPossibleTypes(named)
      .map((one) => `... on ${one.name} ${selection(one, levels, without)}`);
    return `{ __typename ${fragments.join(" ")} }`;
  }
  if (!isObjectType(named)) return "";
  const fields = Object.values(named.getFields())
    .filter(({ name }) => !without.includes(`${named.name}.${name}`))
    .filter((field) => !field.args.some(isRequiredArgument) && (levels > 1 || isLeaf(field.type)))
    .map((field) => `${named.name}_${field.name}: ${field.name} ${selection(field.type, levels - 1, without)}`);
  return `{ __typename ${fields.join(" ")} }`;
}

function isLeaf(type: GraphQLOutputType): boolean {
  const named = getNamedType(type);
  return !isObjectType(named) && !isAbstractType(named);
}
