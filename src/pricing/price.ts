import {
  type ExecutionArgs,
  type FieldNode,
  type GraphQLCompositeType,
  GraphQLError,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  getArgumentValues,
  getNamedType,
  getOperationAST,
  isAbstractType,
  isCompositeType,
  isObjectType,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
} from "graphql";
import { coerceVariables } from "../coerce-variables.ts";
import { collectFields, type Selections, selectionsOf, TooManySelections } from "../selection.ts";
import { type Args, costOf, costOfTotal, isBetween, isConnection } from "./field-cost.ts";
import { introspectionCost } from "./introspection-cost.ts";
import { knownPrice } from "./known-prices.ts";

// The price of an operation is the most rows that it can make the database read. It is known from the document and its variables alone.
// Index entries that are counted, and rows that a search looks at, cost a fraction of a row. Introspection reads no rows; ten records of
// the schema cost about one.

/** The most rows that a mutation reads for its own work: members, channels, customers that share a key, the conversation. */
const mutationRows = 100;

type Priced = Pick<ExecutionArgs, "schema" | "document" | "operationName" | "variableValues">;

/**
 * The most rows that the operation can make the database read. Infinity if it has more than 10,000 selections, undefined if there is no
 * such operation. Throws a GraphQLError if a variable is wrong.
 */
export function priceOf({ schema, document, operationName, variableValues }: Priced): number | undefined {
  const operation = getOperationAST(document, operationName);
  const root = operation && schema.getRootType(operation.operation);
  if (!operation || !root) return undefined;
  const { coerced, errors } = coerceVariables(schema, operation, variableValues);
  if (errors) throw errors[0];
  const values = coerced as Args;
  return knownPrice(schema, operation, {
    values,
    price: () => priceOfOperation(selectionsOf(schema, document, values), operation.selectionSet, root),
  });
}

function priceOfOperation(selections: Selections, set: SelectionSetNode, root: GraphQLObjectType): number {
  try {
    return Math.ceil(priceOfSelection(selections, [set], root));
  } catch (error) {
    if (error instanceof TooManySelections) return Number.POSITIVE_INFINITY;
    throw error;
  }
}

function priceOfSelection(selections: Selections, sets: SelectionSetNode[], type: GraphQLCompositeType): number {
  if (isAbstractType(type)) {
    const possible = selections.schema.getPossibleTypes(type);
    return Math.max(0, ...possible.map((object) => priceOfSelection(selections, sets, object)));
  }
  if (!isObjectType(type)) return 0;
  const fields = withoutMistakes(() => collectFields(selections, sets, type));
  const asked = new Set<string>();
  let price = 0;
  for (const nodes of fields?.values() ?? []) {
    const { name, selectionSet } = nodes[0] as FieldNode;
    // What is answered again reads no other row, but is as long: a value under another name, or the records of a list. Metadata and
    // messages are the largest.
    const ofList = isBetween(type) && ["edges", "nodes", "node"].includes(name.value);
    const what = ofList ? "records" : name.value;
    const again = (ofList || !selectionSet) && asked.has(what);
    asked.add(what);
    price += priceOfField(selections, nodes, type) + (again ? 1 : 0);
  }
  return price;
}

/** A field with wrong arguments is answered with an error in its place, and costs nothing. The rest of the operation runs. */
function withoutMistakes<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof GraphQLError) return undefined;
    throw error;
  }
}

function priceOfField(selections: Selections, nodes: readonly FieldNode[], parent: GraphQLObjectType): number {
  const node = nodes[0] as FieldNode;
  const field = fieldOf(selections, parent, node.name.value);
  if (!field) return 0;
  const args = withoutMistakes(() => getArgumentValues(field, node, selections.variables));
  if (!args) return 0;
  const { rows, records } = isIntrospection(parent)
    ? introspectionCost(selections.schema, field, parent)
    : costOf(field, parent, args);
  const type = getNamedType(field.type);
  const below = nodes.flatMap((one) => one.selectionSet ?? []);
  const each = isCompositeType(type) && below.length > 0 ? priceOfSelection(selections, below, type) : 0;
  const own = parent === selections.schema.getMutationType() ? mutationRows : 0;
  return own + rows + records * each + totalsPrice(selections, { list: field, args, below, type });
}

/** Such names are reserved for introspection. */
function isIntrospection({ name }: GraphQLObjectType): boolean {
  return name.startsWith("__");
}

function fieldOf({ schema }: Selections, parent: GraphQLObjectType, name: string) {
  const meta = [SchemaMetaFieldDef, TypeMetaFieldDef].find((field) => field.name === name);
  return meta && parent === schema.getQueryType() ? meta : parent.getFields()[name];
}

interface Listed {
  readonly list: GraphQLField<unknown, unknown>;
  readonly args: Args;
  readonly below: SelectionSetNode[];
  readonly type: GraphQLNamedType;
}

/** The price of the totals that the selection of a list contains. */
function totalsPrice(selections: Selections, { list, args, below, type }: Listed): number {
  if (!isObjectType(type) || !isConnection(type)) return 0;
  const fields = withoutMistakes(() => collectFields(selections, below, type));
  let price = 0;
  for (const [node] of fields?.values() ?? []) {
    const field = node?.name.value.startsWith("totalCount") ? type.getFields()[node.name.value] : undefined;
    const given = field && withoutMistakes(() => getArgumentValues(field, node as FieldNode, selections.variables));
    if (given) price += costOfTotal(list, args, given);
  }
  return price;
}
