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
  type InlineFragmentNode,
  isAbstractType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";

/** The most fields and fragments that are read of a document, with its fragments expanded. */
const maxSelections = 10_000;

/** Everything that is needed to read the selections of an operation. */
export interface Selections {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly variables: Record<string, unknown>;
  /** The parts of the document that were collected before. */
  readonly collected: CollectedFields;
  /** The number of selections that may still be read. */
  left: number;
  /** Whether a directive was met, which may leave something out for some variables. */
  hasDirectives: boolean;
}

/** The fields of an object, by their names in the answer. */
export type Fields = ReadonlyMap<string, readonly FieldNode[]>;

export class TooManySelections extends Error {}

interface Collected {
  readonly fields: Fields;
  /** How many selections were read to collect them. */
  readonly size: number;
}

/** The most places of one document whose fields are remembered. Those of further places are collected each time. */
const maxCollected = 100;

/** The fields that were collected from the selection sets of a document, where they are the same for all variables. */
class CollectedFields {
  readonly #bySet = new Map<SelectionSetNode, Map<GraphQLObjectType, Collected>>();
  #size = 0;

  get(set: SelectionSetNode, type: GraphQLObjectType): Collected | undefined {
    return this.#bySet.get(set)?.get(type);
  }

  set(set: SelectionSetNode, type: GraphQLObjectType, collected: Collected): void {
    if (this.#size === maxCollected) return;
    this.#size++;
    const byType = this.#bySet.get(set) ?? new Map();
    this.#bySet.set(set, byType.set(type, collected));
  }
}

type KnownParts = Pick<Selections, "fragments" | "collected">;

const known = new WeakMap<DocumentNode, KnownParts>();

/** The selections of an operation, with its coerced variables. */
export function selectionsOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  variables: Record<string, unknown>,
): Selections {
  const parts = known.get(document) ?? { fragments: fragmentsOf(document), collected: new CollectedFields() };
  known.set(document, parts);
  return { schema, ...parts, variables, left: maxSelections, hasDirectives: false };
}

function fragmentsOf({ definitions }: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  const fragments = definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  return new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
}

/** The fields of an object, merged as in execution; each fragment counts once. Throws a GraphQLError if a directive is wrong. */
export function collectFields(
  selections: Selections,
  sets: readonly SelectionSetNode[],
  type: GraphQLObjectType,
): Fields {
  const [only] = sets;
  const before = sets.length === 1 && only ? selections.collected.get(only, type) : undefined;
  if (before) {
    selections.left -= before.size;
    if (selections.left < 0) throw new TooManySelections();
    return before.fields;
  }
  const { left } = selections;
  const collection = new Collection(selections, type);
  collection.add(sets);
  const { fields, isFixed } = collection;
  if (sets.length === 1 && only && isFixed)
    selections.collected.set(only, type, { fields, size: left - selections.left });
  return fields;
}

/** The fields of an object while they are collected. */
class Collection {
  readonly fields = new Map<string, FieldNode[]>();
  /** Whether they are the same for all variables. */
  isFixed = true;
  readonly #selections: Selections;
  readonly #type: GraphQLObjectType;
  readonly #spread = new Set<string>();

  constructor(selections: Selections, type: GraphQLObjectType) {
    this.#selections = selections;
    this.#type = type;
  }

  add(sets: readonly SelectionSetNode[]): void {
    for (const { selections } of sets) for (const selection of selections) this.#addSelection(selection);
  }

  #addSelection(selection: SelectionNode): void {
    if (this.#selections.left-- === 0) throw new TooManySelections();
    if (selection.directives?.length) {
      this.isFixed = false;
      this.#selections.hasDirectives = true;
      if (!isIncluded(this.#selections, selection)) return;
    }
    if (selection.kind === Kind.FIELD) {
      const name = selection.alias?.value ?? selection.name.value;
      const same = this.fields.get(name);
      if (same) same.push(selection);
      else this.fields.set(name, [selection]);
      return;
    }
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : this.#unspread(selection);
    if (fragment && this.#applies(fragment)) this.add([fragment.selectionSet]);
  }

  #applies({ typeCondition }: InlineFragmentNode | FragmentDefinitionNode): boolean {
    const { schema } = this.#selections;
    const condition = typeCondition && schema.getType(typeCondition.name.value);
    return (
      !condition || condition === this.#type || (isAbstractType(condition) && schema.isSubType(condition, this.#type))
    );
  }

  /** The fragment, unless it was spread already. Otherwise a few nested fragments would expand to billions. */
  #unspread({ name: { value: name } }: FragmentSpreadNode): FragmentDefinitionNode | undefined {
    if (this.#spread.has(name)) return undefined;
    this.#spread.add(name);
    return this.#selections.fragments.get(name);
  }
}

/** The fields selected below some fields of the same name. */
export function collectSubfields(selections: Selections, nodes: readonly FieldNode[], type: GraphQLObjectType): Fields {
  return collectFields(
    selections,
    nodes.flatMap((node) => node.selectionSet ?? []),
    type,
  );
}

function isIncluded({ variables }: Selections, selection: SelectionNode): boolean {
  if (getDirectiveValues(GraphQLSkipDirective, selection, variables)?.if === true) return false;
  return getDirectiveValues(GraphQLIncludeDirective, selection, variables)?.if !== false;
}
