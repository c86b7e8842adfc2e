import { type DocumentNode, Kind, parse, print, TypeInfo, visit, visitWithTypeInfo } from "graphql";
import { schema } from "../../src/schema/index.ts";
import type { World } from "./world.ts";

export type Variables = Record<string, unknown>;
/** A number below `n`. */
type Choose = (n: number) => number;

/** The document without directives, with some of its scalar arguments as variables, and their values. */
export function liftArguments(document: DocumentNode, choose: Choose): { document: DocumentNode; values: Variables } {
  const types = new TypeInfo(schema);
  const values: Variables = {};
  const declared: string[] = [];
  // Merged fields have to keep equal arguments.
  const names = new Map<string, string | undefined>();
  const changed = visit(
    document,
    visitWithTypeInfo(types, {
      Directive: () => null,
      VariableDefinition: ({ type }) => (print(type) === "Boolean!" ? null : undefined),
      Argument(node) {
        const type = types.getInputType();
        const { value } = node;
        if (!type || (value.kind !== Kind.STRING && value.kind !== Kind.INT)) return undefined;
        const same = `${type} ${value.value}`;
        if (!names.has(same)) names.set(same, choose(5) ? `x${declared.length}` : undefined);
        const name = names.get(same);
        if (!name) return undefined;
        if (!(name in values)) declared.push(`$${name}: ${type}`);
        values[name] = value.kind === Kind.INT ? Number(value.value) : value.value;
        return { ...node, value: { kind: Kind.VARIABLE, name: { kind: Kind.NAME, value: name } } };
      },
    }),
  );
  const text = print(changed);
  if (declared.length === 0) return { document: parse(text), values };
  const declarations = `query Q(${declared.join(", ")}`;
  return { document: parse(text.replace(/query Q(\()?/, (_, more) => declarations + (more ? ", " : ")"))), values };
}

/** Other values for the same variables: mostly of the same kind, so that the statement stays the same. */
export function otherValues(world: World, values: Variables, choose: Choose): Variables {
  const cursors = [...world.cursors.values()].flat();
  const other = (value: unknown): unknown => {
    if (choose(12) === 0) return null;
    if (typeof value === "number") return choose(6);
    const ids = Object.values(world.ids).find((all) => all.includes(String(value)));
    if (ids) return ids[choose(ids.length)];
    const list = [...world.cursors.values()].find((all) => all.includes(String(value)));
    if (list) return choose(8) ? list[choose(list.length)] : cursors[choose(cursors.length)];
    return value;
  };
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, other(value)]));
}
