import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type FragmentSpreadNode,
  type GraphQLCompositeType,
  GraphQLError,
  GraphQLIncludeDirective,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getArgumentValues,
  getDirectiveValues,
  getNamedType,
  getOperationAST,
  getVariableValues,
  isAbstractType,
  isCompositeType,
  isIntrospectionType,
  isObjectType,
  Kind,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
} from "graphql";
import { maxCounted } from "../reading/workspace-list.ts";
import { type Args, costOf, isConnection } from "./cost.ts";
import { introspectionCost } from "./introspection-cost.ts";

// The price of an operation is the most rows it can make the database return, known from the document and its variables alone.
// Introspection, which reads none, costs a row for every ten records of the schema, about.

/** What a mutation reads for its own work, at most: members, channels, customers that share a key, the conversation. */
const mutationRows = 100;

/** A document of more fields and fragments, these expanded, is not counted to its end. */
const maxSelections = 10_000;

interface Operation {
  /** How many more of them are counted. */
  selectionsLeft: number;
  schema: GraphQLSchema;
  fragments: Map<string, FragmentDefinitionNode>;
  variables: Args;
}

class TooManySelections extends Error {}

/**
 * Rows that the operation can make the database return, at most; Infinity when it has more than 10,000 selections. Undefined when
 * there is no such operation; throws a GraphQLError when a variable is wrong.
 */
export function priceOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | undefined | null,
  given: Args | undefined | null,
): number | undefined {
  const operation = getOperationAST(document, operationName);
  const root = operation && schema.getRootType(operation.operation);
  if (!operation || !root) return undefined;
  const declared = operation.variableDefinitions ?? [];
  // Each mistake costs a look through the whole document, to tell its line: one is enough.
  const { coerced, errors } = getVariableValues(schema, declared, given ?? {}, { maxErrors: 1 });
  if (errors) throw errors[0];
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  try {
    const counted = { schema, fragments, variables: coerced as Args, selectionsLeft: maxSelections };
    return Math.ceil(priceOfSelection(counted, [operation.selectionSet], root));
  } catch (error) {
    if (error instanceof TooManySelections) return Number.POSITIVE_INFINITY;
    throw error;
  }
}

function priceOfSelection(operation: Operation, selections: SelectionSetNode[], type: GraphQLCompositeType): number {
  if (isAbstractType(type)) {
    const possible = operation.schema.getPossibleTypes(type);
    return Math.max(0, ...possible.map((object) => priceOfSelection(operation, selections, object)));
  }
  if (!isObjectType(type)) return 0;
  const fields = withoutMistakes(() => collect(operation, selections, type));
  const asked = new Set<string>();
  let price = 0;
  for (const nodes of fields?.values() ?? []) {
    const { name, selectionSet } = nodes[0] as FieldNode;
    // A value that is answered again under another name is no other row, but as long: the largest are metadata and messages.
    const again = !selectionSet && asked.has(name.value);
    asked.add(name.value);
    price += priceOfField(operation, nodes, type) + (again ? 1 : 0);
  }
  return price;
}

/** What has wrong arguments is answered with an error where it stands, and runs no further. The rest of the operation does. */
function withoutMistakes<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof GraphQLError) return undefined;
    throw error;
  }
}

/** The fields of an object as execution merges them: by the name they are answered under, every fragment once. */
function collect(
  operation: Operation,
  sets: SelectionSetNode[],
  type: GraphQLObjectType,
  into = new Map<string, FieldNode[]>(),
  spread = new Set<string>(),
): Map<string, FieldNode[]> {
  for (const selection of sets.flatMap(({ selections }) => selections)) {
    if (operation.selectionsLeft-- === 0) throw new TooManySelections();
    if (!isIncluded(operation, selection)) continue;
    if (selection.kind === Kind.FIELD) {
      const name = selection.alias?.value ?? selection.name.value;
      const same = into.get(name);
      if (same) same.push(selection);
      else into.set(name, [selection]);
      continue;
    }
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : unspread(operation, selection, spread);
    if (!fragment) continue;
    const condition = fragment.typeCondition && operation.schema.getType(fragment.typeCondition.name.value);
    const applies =
      !condition || condition === type || (isAbstractType(condition) && operation.schema.isSubType(condition, type));
    if (applies) collect(operation, [fragment.selectionSet], type, into, spread);
  }
  return into;
}

/** The fragment, unless it is among those spread already: taken again, a few fragments are billions. */
function unspread({ fragments }: Operation, { name: { value: name } }: FragmentSpreadNode, spread: Set<string>) {
  if (spread.has(name)) return undefined;
  spread.add(name);
  return fragments.get(name);
}

function isIncluded({ variables }: Operation, selection: SelectionSetNode["selections"][number]): boolean {
  if (!selection.directives?.length) return true;
  if (getDirectiveValues(GraphQLSkipDirective, selection, variables)?.if === true) return false;
  return getDirectiveValues(GraphQLIncludeDirective, selection, variables)?.if !== false;
}

function priceOfField(operation: Operation, nodes: FieldNode[], parent: GraphQLObjectType): number {
  const node = nodes[0] as FieldNode;
  const field = fieldOf(operation, parent, node.name.value);
  if (!field) return 0;
  const args = withoutMistakes(() => getArgumentValues(field, node, operation.variables));
  if (!args) return 0;
  const { rows, records } = isIntrospectionType(parent)
    ? introspectionCost(operation.schema, field, parent)
    : costOf(field, parent, args);
  const type = getNamedType(field.type);
  const below = nodes.flatMap((one) => one.selectionSet ?? []);
  const each = isCompositeType(type) && below.length > 0 ? priceOfSelection(operation, below, type) : 0;
  return ownRows(operation, below, type, parent) + rows + records * each;
}

function fieldOf({ schema }: Operation, parent: GraphQLObjectType, name: string) {
  const meta = [SchemaMetaFieldDef, TypeMetaFieldDef].find((field) => field.name === name);
  return meta && parent === schema.getQueryType() ? meta : parent.getFields()[name];
}

/** Rows read once for a root field: a mutation's own work, and the count of a list. */
function ownRows(
  operation: Operation,
  below: SelectionSetNode[],
  type: GraphQLNamedType,
  parent: GraphQLObjectType,
): number {
  if (parent === operation.schema.getMutationType()) return mutationRows;
  if (parent !== operation.schema.getQueryType() || !isObjectType(type) || !isConnection(type)) return 0;
  const fields = withoutMistakes(() => collect(operation, below, type));
  const counts = [...(fields?.values() ?? [])].filter(([node]) => node?.name.value === "totalCount");
  return counts.length * (maxCounted + 1);
}
