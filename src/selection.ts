import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type FragmentSpreadNode,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getDirectiveValues,
  isAbstractType,
  Kind,
  type SelectionSetNode,
} from "graphql";

/** A document of more fields and fragments, these expanded, is not read to its end. */
const maxSelections = 10_000;

/** What the selections of an operation are read with. */
export interface Selections {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly variables: Record<string, unknown>;
  /** How many more of them are read. */
  left: number;
}

/** The fields of an object by the name they are answered under. */
export type Fields = Map<string, FieldNode[]>;

export class TooManySelections extends Error {}

/** The selections of a document's operation, with its variables as they were coerced. */
export function selectionsOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  variables: Record<string, unknown>,
): Selections {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  return { schema, fragments, variables, left: maxSelections };
}

/** The fields of an object as execution merges them, every fragment once. Throws a GraphQLError when a directive is wrong. */
export function collectFields(selections: Selections, sets: SelectionSetNode[], type: GraphQLObjectType): Fields {
  const into = { fields: new Map(), spread: new Set<string>() };
  collectInto(into, { selections, type }, sets);
  return into.fields;
}

interface Collected {
  readonly fields: Fields;
  /** The names of the fragments that were spread already. */
  readonly spread: Set<string>;
}

function collectInto(
  { fields, spread }: Collected,
  from: { selections: Selections; type: GraphQLObjectType },
  sets: SelectionSetNode[],
): void {
  const { selections, type } = from;
  for (const selection of sets.flatMap(({ selections }) => selections)) {
    if (selections.left-- === 0) throw new TooManySelections();
    if (!isIncluded(selections, selection)) continue;
    if (selection.kind === Kind.FIELD) {
      const name = selection.alias?.value ?? selection.name.value;
      const same = fields.get(name);
      if (same) same.push(selection);
      else fields.set(name, [selection]);
      continue;
    }
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : unspread(selections, selection, spread);
    if (!fragment) continue;
    const condition = fragment.typeCondition && selections.schema.getType(fragment.typeCondition.name.value);
    const applies =
      !condition || condition === type || (isAbstractType(condition) && selections.schema.isSubType(condition, type));
    if (applies) collectInto({ fields, spread }, from, [fragment.selectionSet]);
  }
}

/** The fields selected below those that are answered together. */
export function collectSubfields(selections: Selections, nodes: readonly FieldNode[], type: GraphQLObjectType): Fields {
  return collectFields(
    selections,
    nodes.flatMap((node) => node.selectionSet ?? []),
    type,
  );
}

/** The fragment, unless it is among those spread already: taken again, a few fragments are billions. */
function unspread({ fragments }: Selections, { name: { value: name } }: FragmentSpreadNode, spread: Set<string>) {
  if (spread.has(name)) return undefined;
  spread.add(name);
  return fragments.get(name);
}

function isIncluded({ variables }: Selections, selection: SelectionSetNode["selections"][number]): boolean {
  if (!selection.directives?.length) return true;
  if (getDirectiveValues(GraphQLSkipDirective, selection, variables)?.if === true) return false;
  return getDirectiveValues(GraphQLIncludeDirective, selection, variables)?.if !== false;
}
