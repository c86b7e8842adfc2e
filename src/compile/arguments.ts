import { type FieldNode, type GraphQLField, getArgumentValues, Kind, type ValueNode } from "graphql";

export type Args = Record<string, unknown>;

/** The arguments that a field has for some variables. */
export type ArgsFor = (variables: Args) => Args;

export function argsOf(field: GraphQLField<unknown, unknown>, node: FieldNode): ArgsFor {
  return field.args.length > 0 ? (variables) => getArgumentValues(field, node, variables) : () => ({});
}

/** One function after the other. It captures nothing else, so that a statement may be kept with it. */
export function afterwards<A, B, C>(first: (a: A) => B, second: (b: B) => C): (a: A) => C {
  return (a) => second(first(a));
}

/** Whether a variable stands in the arguments of a selected field. */
export function hasVariables([node]: readonly FieldNode[]): boolean {
  return node?.arguments?.some(({ value }) => holdsVariable(value)) ?? false;
}

function holdsVariable(value: ValueNode): boolean {
  if (value.kind === Kind.LIST) return value.values.some(holdsVariable);
  if (value.kind === Kind.OBJECT) return value.fields.some((field) => holdsVariable(field.value));
  return value.kind === Kind.VARIABLE;
}
