import { type GraphQLSchema, getVariableValues, type OperationDefinitionNode } from "graphql";

type Coerced = ReturnType<typeof getVariableValues>;

const coerced = new WeakMap<object, { schema: GraphQLSchema; operation: OperationDefinitionNode; result: Coerced }>();

/** The variables of an operation in the types of the schema, or the first mistake in them. For one set of variables this is done once. */
export function coerceVariables(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  given: Record<string, unknown> | undefined | null,
): Coerced {
  const known = given && coerced.get(given);
  if (known?.operation === operation && known.schema === schema) return known.result;
  // To name the line of a mistake, graphql reads the whole document again. Therefore it stops at the first one.
  const result = getVariableValues(schema, operation.variableDefinitions ?? [], given ?? {}, { maxErrors: 1 });
  if (given) coerced.set(given, { schema, operation, result });
  return result;
}
