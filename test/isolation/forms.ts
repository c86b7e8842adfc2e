import {
  type DefinitionNode,
  type FieldNode,
  Kind,
  type NameNode,
  type OperationDefinitionNode,
  parse,
  print,
  type SelectionSetNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from "graphql";
import { schema } from "../../src/schema/index.ts";

// The same question written in other ways. The documents given have one operation with one root field.

/** Each asks the root field as `asked`. */
export const forms: Record<string, (document: string) => string> = {
  "under an alias": (document) => print(aliased(document, "asked")),
  "in inline fragments, one in another": (document) =>
    print(visit(aliased(document, "asked"), { SelectionSet: { leave: (set) => only(inline(set)) } })),
  "in named fragments, one in another": (document) => inNamedFragments(aliased(document, "asked")),
};

/** One document that asks several, each under its key, with variables as `variablesTogether` names them. */
export function together(documents: Record<string, string>): string {
  const operations = Object.entries(documents).map(([key, document]) =>
    visit(aliased(document, key), { Variable: (node) => ({ ...node, name: name(`${key}_${node.name.value}`) }) }),
  );
  const [first] = operations as [OperationDefinitionNode];
  return print({
    ...first,
    variableDefinitions: operations.flatMap(({ variableDefinitions }) => variableDefinitions ?? []),
    selectionSet: { ...first.selectionSet, selections: operations.flatMap((one) => one.selectionSet.selections) },
  });
}

export function variablesTogether(variables: Record<string, object>): Record<string, unknown> {
  const all = Object.entries(variables).flatMap(([key, values]) =>
    Object.entries(values).map(([variable, value]) => [`${key}_${variable}`, value]),
  );
  return Object.fromEntries(all);
}

function aliased(document: string, alias: string): OperationDefinitionNode {
  const [operation] = parse(document).definitions as [OperationDefinitionNode];
  const [field] = operation.selectionSet.selections as [FieldNode];
  return { ...operation, selectionSet: only({ ...field, alias: name(alias) }) };
}

function inNamedFragments(operation: OperationDefinitionNode): string {
  const fragments: DefinitionNode[] = [];
  const types = new TypeInfo(schema);
  const asked = visit(
    operation,
    visitWithTypeInfo(types, {
      SelectionSet: {
        leave(selectionSet) {
          const fragment = name(`Fragment${fragments.length}`);
          const on = { kind: Kind.NAMED_TYPE, name: name(`${types.getParentType()?.name}`) } as const;
          fragments.push({ kind: Kind.FRAGMENT_DEFINITION, name: fragment, typeCondition: on, selectionSet });
          return only({ kind: Kind.FRAGMENT_SPREAD, name: fragment });
        },
      },
    }),
  );
  return print({ kind: Kind.DOCUMENT, definitions: [asked, ...fragments] });
}

function inline(selectionSet: SelectionSetNode) {
  return { kind: Kind.INLINE_FRAGMENT, selectionSet } as const;
}

function only(selection: SelectionSetNode["selections"][number]): SelectionSetNode {
  return { kind: Kind.SELECTION_SET, selections: [selection] };
}

function name(value: string): NameNode {
  return { kind: Kind.NAME, value };
}
