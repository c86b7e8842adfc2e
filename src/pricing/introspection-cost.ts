import {
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isObjectType,
} from "graphql";

/** So many fields, types and arguments of the schema cost as much as a row of the database, because they are in memory. */
const recordsPerRow = 10;

/** The cost of a field of introspection. Every list of that field counts with the mean length that these lists have in the schema. */
export function introspectionCost(
  schema: GraphQLSchema,
  { name, type }: GraphQLField<unknown, unknown>,
  parent: GraphQLObjectType,
): { rows: number; records: number } {
  if (!isCompositeType(getNamedType(type))) return { rows: 0, records: 0 };
  const records = isListType(getNullableType(type)) ? usualLength(schema, `${parent.name}.${name}`) : 1;
  return { rows: records / recordsPerRow, records };
}

const lengths = new WeakMap<GraphQLSchema, Map<string, number>>();

function usualLength(schema: GraphQLSchema, list: string): number {
  const known = lengths.get(schema) ?? new Map(Object.entries(listsOf(schema)).map(([key, all]) => [key, mean(all)]));
  lengths.set(schema, known);
  const length = known.get(list);
  if (length === undefined) throw new Error(`${list} needs a cost`);
  return length;
}

/** The lengths that the lists of introspection have in this schema. */
function listsOf(schema: GraphQLSchema): Record<string, number[]> {
  const types = Object.values(schema.getTypeMap());
  const composite = types.filter((type) => isObjectType(type) || isInterfaceType(type));
  const fields = composite.map((type) => Object.values(type.getFields()));
  return {
    "__Schema.types": [types.length],
    "__Schema.directives": [schema.getDirectives().length],
    "__Type.fields": fields.map(({ length }) => length),
    "__Type.interfaces": composite.map((type) => type.getInterfaces().length),
    "__Type.possibleTypes": types.filter(isAbstractType).map((type) => schema.getPossibleTypes(type).length),
    "__Type.enumValues": types.filter(isEnumType).map((type) => type.getValues().length),
    "__Type.inputFields": types.filter(isInputObjectType).map((type) => Object.keys(type.getFields()).length),
    "__Field.args": fields.flat().map(({ args }) => args.length),
    "__Directive.args": schema.getDirectives().map(({ args }) => args.length),
  };
}

/** The mean of the lengths above 0, since empty lists are not read further. */
function mean(all: number[]): number {
  const counted = all.filter((length) => length > 0);
  return counted.reduce((sum, length) => sum + length, 0) / Math.max(1, counted.length);
}
