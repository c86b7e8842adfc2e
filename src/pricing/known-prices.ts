import {
  GraphQLID,
  type GraphQLSchema,
  GraphQLString,
  getNullableType,
  isEnumType,
  isScalarType,
  type OperationDefinitionNode,
  typeFromAST,
} from "graphql";

/** The most prices that are remembered of one operation. */
const maxPrices = 100;

interface KnownPrices {
  readonly schema: GraphQLSchema;
  /** The names of the variables, and whether a price depends only on whether each is there. Undefined: a list or an object is among them. */
  readonly variables: readonly { readonly name: string; readonly isText: boolean }[] | undefined;
  readonly byKey: Map<string, number>;
}

const known = new WeakMap<OperationDefinitionNode, KnownPrices>();

/**
 * The price of an operation for these variables: remembered, or found by `price`. A price may depend on numbers, booleans and enums, and
 * on whether a text is there, but never on what it says.
 */
export function knownPrice(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  { values, price }: { values: Readonly<Record<string, unknown>>; price: () => number },
): number {
  let prices = known.get(operation);
  if (prices?.schema !== schema) {
    prices = { schema, variables: variablesOf(schema, operation), byKey: new Map() };
    known.set(operation, prices);
  }
  const { variables, byKey } = prices;
  if (!variables) return price();
  const key = variables.map(({ name, isText }) => partOf(values[name], isText)).join();
  const found = byKey.get(key) ?? price();
  if (byKey.size < maxPrices) byKey.set(key, found);
  return found;
}

function partOf(value: unknown, isText: boolean): string {
  return isText && typeof value === "string" ? "text" : String(value);
}

function variablesOf(schema: GraphQLSchema, { variableDefinitions = [] }: OperationDefinitionNode) {
  const variables = variableDefinitions.map(({ variable, type }) => {
    const given = typeFromAST(schema, type as never);
    const plain = given && getNullableType(given);
    const isText = plain === GraphQLID || plain === GraphQLString;
    return { name: variable.name.value, isText, isPlain: isEnumType(plain) || isSimple(plain) || isText };
  });
  return variables.every(({ isPlain }) => isPlain) ? variables : undefined;
}

const simple = ["Int", "Float", "Boolean"];

function isSimple(type: unknown): boolean {
  return isScalarType(type) && simple.includes(type.name);
}
