import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import type { Limits } from "../config.ts";
import { DomainError, type Reason } from "../errors.ts";

const maxOperations = 100;
/** How many selections are counted. Those of a fragment count at each spread. */
const maxSelections = 10_000;
/** Validation compares all fields of one name in one place with each other. */
const maxComparisons = 10_000;

/**
 * Refuses a document (BAD_USER_INPUT) with too many operations or fragments, with an operation of too many levels, aliases or directives,
 * or one that would take long to validate. It looks at no more than 10,000 selections.
 */
export function checkDocument({ definitions }: DocumentNode, limits: Limits): void {
  const operations = definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const fragments = definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  new Counter(limits.maxFragments, "fragments", "TOO_MANY_FRAGMENTS").add(fragments.length);
  new Counter(maxOperations, "operations", "TOO_MANY_OPERATIONS").add(operations.length);
  const check = new DocumentCheck(fragments, limits);
  for (const operation of operations) check.walk(operation);
  // Fragments that no operation spreads are validated all the same.
  for (const fragment of fragments) if (!check.spread.has(fragment.name.value)) check.walk(fragment);
}

class Counter {
  #count = 0;

  constructor(
    private readonly limit: number,
    private readonly things: string,
    private readonly reason: Reason<"BAD_USER_INPUT">,
  ) {}

  add(more: number): void {
    this.#count += more;
    if (this.#count <= this.limit) return;
    const { limit, things, reason } = this;
    throw new DomainError("BAD_USER_INPUT", `The document has more than ${limit} ${things}.`, { reason });
  }
}

/** The counters of one operation. */
interface OperationCounters {
  aliases: Counter;
  directives: Counter;
}

class DocumentCheck {
  /** The names of all fragments spread so far, defined or not. */
  readonly spread = new Set<string>();
  readonly #limits: Limits;
  readonly #fragments: ReadonlyMap<string, SelectionSetNode>;
  readonly #spreads: Counter;
  readonly #selections = new Counter(maxSelections, "selections", "INVALID_DOCUMENT");
  readonly #comparisons = new Counter(maxComparisons, "pairs of fields of the same name", "INVALID_DOCUMENT");

  constructor(fragments: FragmentDefinitionNode[], limits: Limits) {
    this.#limits = limits;
    this.#fragments = new Map(fragments.map(({ name, selectionSet }) => [name.value, selectionSet]));
    this.#spreads = new Counter(limits.maxFragments, "fragments", "TOO_MANY_FRAGMENTS");
  }

  /** Walks level by level. Fields of the same name are taken together, as in execution and validation. */
  walk(definition: OperationDefinitionNode | FragmentDefinitionNode): void {
    const counters = {
      aliases: new Counter(this.#limits.maxAliases, "aliases", "TOO_MANY_ALIASES"),
      directives: new Counter(this.#limits.maxDirectives, "directives", "TOO_MANY_DIRECTIVES"),
    };
    for (const { directives } of [definition, ...(definition.variableDefinitions ?? [])])
      counters.directives.add(directives?.length ?? 0);
    const places = [{ sets: [definition.selectionSet], depth: 1 }];
    for (const { sets, depth } of places) {
      new Counter(this.#limits.maxDepth, "levels", "DOCUMENT_TOO_DEEP").add(depth);
      for (const [name, fields] of this.#fieldsOf(sets, counters)) {
        this.#comparisons.add(fields.length ** 2);
        const below = fields.flatMap(({ selectionSet }) => selectionSet ?? []);
        // Introspection has a limit of levels of its own.
        if (below.length > 0) places.push({ sets: below, depth: name.startsWith("__") ? -maxSelections : depth + 1 });
      }
    }
  }

  /** The fields that these sets select, by the name in the answer. Each fragment counts once. */
  #fieldsOf(given: readonly SelectionSetNode[], { aliases, directives }: OperationCounters): Map<string, FieldNode[]> {
    const fields = new Map<string, FieldNode[]>();
    const sets = [...given];
    const here = new Set<string>();
    for (const { selections } of sets) {
      for (const selection of selections) {
        this.#selections.add(1);
        directives.add(selection.directives?.length ?? 0);
        if (selection.kind === Kind.INLINE_FRAGMENT) sets.push(selection.selectionSet);
        else if (selection.kind === Kind.FRAGMENT_SPREAD) sets.push(...this.#unspread(selection.name.value, here));
        else {
          if (selection.alias) aliases.add(1);
          const name = (selection.alias ?? selection.name).value;
          const same = fields.get(name);
          if (same) same.push(selection);
          else fields.set(name, [selection]);
        }
      }
    }
    return fields;
  }

  #unspread(name: string, here: Set<string>): SelectionSetNode[] {
    if (!this.spread.has(name)) this.#spreads.add(1);
    this.spread.add(name);
    const set = here.has(name) ? undefined : this.#fragments.get(name);
    here.add(name);
    return set ? [set] : [];
  }
}
