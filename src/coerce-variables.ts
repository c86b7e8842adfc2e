import { type GraphQLSchema, getVariableValues, type OperationDefinitionNode } from "graphql";

type Coerced = ReturnType<typeof getVariableValues>;

const coerced = new WeakMap<object, { schema: GraphQLSchema; operation: OperationDefinitionNode; result: Coerced }>();

/** The variables of an operation as its schema has them, or the first mistake in them. Found once for the variables of a request. */
export function coerceVariables(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  given: Record<string, unknown> | undefined | null,
): Coerced {
  const known = given && coerced.get(given);
  if (known?.operation === operation && known.schema === schema) return known.result;
  // To name the line of a mistake, graphql reads the whole document again: so one mistake is enough.
  const result = getVariableValues(schema, operation.variableDefinitions ?? [], given ?? {}, { maxErrors: 1 });
  if (given) coerced.set(given, { schema, operation, result });
  return result;
}
