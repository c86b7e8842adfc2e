import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  GraphQLIncludeDirective,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getArgumentValues,
  getDirectiveValues,
  getNamedType,
  getNullableType,
  getOperationAST,
  getVariableValues,
  isAbstractType,
  isCompositeType,
  isListType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from "graphql";
import { defaultPageSize } from "../conversations/page.ts";
import { maxCounted } from "../conversations/workspace-list.ts";

// The price of an operation is the most rows it can make the database return, known from the document and its variables alone.

/** What a mutation reads for its own work, at most: members, channels, customers that share a key, the conversation. */
const mutationRows = 100;

/** A document of more fields, fragments expanded, is not counted to its end. */
const maxFields = 10_000;

type Args = Record<string, unknown>;

/** In `extensions` of a field whose type does not say it: how many rows it reads, and of how many records its selection is read. */
export interface FieldCost {
  /** Rows read for each parent. */
  rows: number | ((args: Args) => number);
  /** Records that the selection below applies to; the rows, if omitted. */
  records?: number | ((args: Args) => number);
}

interface Operation {
  fieldsLeft: number;
  schema: GraphQLSchema;
  fragments: Map<string, FragmentDefinitionNode>;
  variables: Args;
}

class TooManyFields extends Error {}

/**
 * Rows that the operation can make the database return, at most; Infinity when it has more than 10,000 fields. Undefined when its
 * variables or arguments are wrong: then it is not executed anyway.
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
  const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], given ?? {});
  if (errors) return undefined;
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  try {
    const counted = { schema, fragments, variables: coerced as Args, fieldsLeft: maxFields };
    return priceOfSelection(counted, [operation.selectionSet], root);
  } catch (error) {
    return error instanceof TooManyFields ? Number.POSITIVE_INFINITY : undefined;
  }
}

function priceOfSelection(operation: Operation, selections: SelectionSetNode[], type: GraphQLCompositeType): number {
  if (isAbstractType(type)) {
    const possible = operation.schema.getPossibleTypes(type);
    return Math.max(0, ...possible.map((object) => priceOfSelection(operation, selections, object)));
  }
  if (!isObjectType(type)) return 0;
  const fields = new Map<string, FieldNode[]>();
  for (const selection of selections) collect(operation, selection, type, fields);
  let price = 0;
  for (const nodes of fields.values()) price += priceOfField(operation, nodes, type);
  return price;
}

/** The fields of an object as execution merges them: by the name they are answered under. */
function collect(
  operation: Operation,
  { selections }: SelectionSetNode,
  type: GraphQLObjectType,
  into: Map<string, FieldNode[]>,
) {
  for (const selection of selections) {
    if (!isIncluded(operation, selection)) continue;
    if (selection.kind === Kind.FIELD) {
      const name = selection.alias?.value ?? selection.name.value;
      into.set(name, [...(into.get(name) ?? []), selection]);
      continue;
    }
    const fragment =
      selection.kind === Kind.INLINE_FRAGMENT ? selection : operation.fragments.get(selection.name.value);
    if (!fragment) continue;
    const condition = fragment.typeCondition && operation.schema.getType(fragment.typeCondition.name.value);
    const applies =
      !condition || condition === type || (isAbstractType(condition) && operation.schema.isSubType(condition, type));
    if (applies) collect(operation, fragment.selectionSet, type, into);
  }
}

function isIncluded({ variables }: Operation, selection: SelectionSetNode["selections"][number]): boolean {
  if (!selection.directives?.length) return true;
  if (getDirectiveValues(GraphQLSkipDirective, selection, variables)?.if === true) return false;
  return getDirectiveValues(GraphQLIncludeDirective, selection, variables)?.if !== false;
}

function priceOfField(operation: Operation, nodes: FieldNode[], parent: GraphQLObjectType): number {
  if (operation.fieldsLeft-- === 0) throw new TooManyFields();
  const node = nodes[0] as FieldNode;
  const field = parent.getFields()[node.name.value];
  if (!field) return 0;
  const { rows, records } = costOf(field, parent, getArgumentValues(field, node, operation.variables));
  const type = getNamedType(field.type);
  const below = nodes.flatMap((one) => one.selectionSet ?? []);
  const each = isCompositeType(type) && below.length > 0 ? priceOfSelection(operation, below, type) : 0;
  return ownRows(operation, below, type, parent) + rows + records * each;
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
  const fields = new Map<string, FieldNode[]>();
  for (const selection of below) collect(operation, selection, type, fields);
  const counts = [...fields.values()].filter(([node]) => node?.name.value === "totalCount");
  return counts.length * (maxCounted + 1);
}

/** Rows and records of a field. What its type does not tell stands in its extensions. */
export function costOf(field: GraphQLField<unknown, unknown>, parent: GraphQLObjectType, args: Args) {
  const declared = field.extensions.cost as FieldCost | undefined;
  if (declared) {
    const rows = evaluate(declared.rows, args);
    return { rows, records: evaluate(declared.records ?? rows, args) };
  }
  const type = getNamedType(field.type);
  if (!isCompositeType(type)) return { rows: 0, records: 0 };
  if (isConnection(type)) {
    return { rows: pageSize(args) + 1, records: pageSize(args) };
  }
  if (isConnection(parent) || parent.name.endsWith("Edge")) return { rows: 0, records: 1 };
  if (isListType(getNullableType(field.type))) throw new Error(`${parent.name}.${field.name} needs a cost`);
  return { rows: isRecord(type) ? 1 : 0, records: 1 };
}

function pageSize(args: Args): number {
  return Math.max(0, (args.first ?? args.last ?? defaultPageSize) as number);
}

/** A page, and the records that are read to find it. */
export function pageBelow(records: number | ((args: Args) => number)): FieldCost {
  return { rows: (args) => pageSize(args) + 1 + evaluate(records, args), records: pageSize };
}

function evaluate(amount: number | ((args: Args) => number), args: Args): number {
  return typeof amount === "number" ? amount : amount(args);
}

function isConnection(type: GraphQLCompositeType): boolean {
  return type.name.endsWith("Connection");
}

/** A type that the database has rows of. */
function isRecord(type: GraphQLCompositeType): boolean {
  return isAbstractType(type) || (isObjectType(type) && type.getInterfaces().some(({ name }) => name === "Node"));
}
