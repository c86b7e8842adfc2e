import {
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLOutputType,
  getNamedType,
  getNullableType,
  isAbstractType,
  isInputObjectType,
  isListType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from "graphql";
import { encodeGlobalId, type NodeType } from "../../src/global-id.ts";
import { schema } from "../../src/schema/index.ts";

// Every place of the schema's root fields that takes an id, found by walking it, and a document that calls the field with it.

export interface Position {
  /** Such as `getOrCreateConversation(input.customer.id)`. */
  name: string;
  /** As errors name it. */
  path: string;
  document: string;
  /** The field's variables with this id at the position, and `spare` wherever else an id is required. */
  variables(id: string, spare: string): Record<string, unknown>;
}

type Input = GraphQLArgument | GraphQLInputField;

/** What the rules of a field want besides what its type requires. A new field that wants more fails until it stands here. */
const wanted: Record<string, object> = {
  getOrCreateConversation: { customer: { externalId: "isolation" } },
  updateConversation: { name: "Renamed" },
  deleteConversation: { cascade: true },
};

export const positions: Position[] = [schema.getQueryType(), schema.getMutationType()].flatMap((root) =>
  Object.values(root?.getFields() ?? {}).flatMap((field) => {
    const declared = field.args.map((arg) => `$${arg.name}: ${arg.type}`).join(", ");
    const passed = field.args.map((arg) => `${arg.name}: $${arg.name}`).join(", ");
    const kind = root === schema.getQueryType() ? "query" : "mutation";
    return pathsTo(field.args).map((path) => ({
      name: `${field.name}(${path.join(".")})`,
      path: path.join("."),
      document: `${kind} (${declared}) { ${field.name}(${passed}) ${selection(field.type, 4)} }`,
      variables: (id, spare) => {
        const made = valuesOf(field.args, path, id, spare);
        return made.input && field.name in wanted
          ? { ...made, input: { ...withoutRivals(wanted[field.name], path), ...(made.input as object) } }
          : made;
      },
    }));
  }),
);

/** The customer wanted stands aside for one named by the position itself. */
function withoutRivals(values: object | undefined, path: string[]): object {
  return path[1] === "customerId" || path[1] === "customer" ? {} : { ...values };
}

function pathsTo(inputs: readonly Input[], seen: string[] = []): string[][] {
  return inputs.flatMap(({ name, type }) => {
    const named = getNamedType(type);
    if (named.name === "ID" || named.name === "_Any") return [[name]];
    if (!isInputObjectType(named) || seen.includes(named.name)) return [];
    return pathsTo(Object.values(named.getFields()), [...seen, named.name]).map((path) => [name, ...path]);
  });
}

function valuesOf(
  inputs: readonly Input[],
  [head, ...rest]: string[],
  id: string,
  spare: string,
): Record<string, unknown> {
  const given = inputs.filter((input) => input.name === head || isRequired(input));
  return Object.fromEntries(
    given.map((input) => {
      const named = getNamedType(input.type);
      const onPath = input.name === head;
      const one = isInputObjectType(named)
        ? valuesOf(Object.values(named.getFields()), onPath ? rest : [], id, spare)
        : leafOf(named.name, onPath ? id : spare);
      return [input.name, isListType(getNullableType(input.type)) ? [one] : one];
    }),
  );
}

function isRequired(input: Input): boolean {
  return "args" in input
    ? false
    : isRequiredArgument(input as GraphQLArgument) || isRequiredInputField(input as GraphQLInputField);
}

/** Only ids can be made up: another required value needs to stand in `wanted`. */
function leafOf(type: string, id: string): unknown {
  if (type === "ID") return id;
  if (type !== "_Any") throw new Error(`Nothing is known to give for a required ${type}.`);
  const name = id.slice(0, id.indexOf("_"));
  return { __typename: `${name.charAt(0).toUpperCase()}${name.slice(1)}`, id };
}

/** Everything below that takes no required argument, so many levels deep; fields answer as `Type_field`. */
export function selection(type: GraphQLOutputType, levels: number, without: readonly string[] = []): string {
  const named = getNamedType(type);
  if (isAbstractType(named)) {
    const fragments = schema
      .getPossibleTypes(named)
      .map((one) => `... on ${one.name} ${selection(one, levels, without)}`);
    return `{ __typename ${fragments.join(" ")} }`;
  }
  if (!isObjectType(named)) return "";
  const fields = Object.values(named.getFields())
    .filter(({ name }) => !without.includes(`${named.name}.${name}`))
    .filter((field) => !field.args.some(isRequiredArgument) && (levels > 1 || isLeaf(field.type)))
    .map((field) => `${named.name}_${field.name}: ${field.name} ${selection(field.type, levels - 1, without)}`);
  return `{ __typename ${fields.join(" ")} }`;
}

function isLeaf(type: GraphQLOutputType): boolean {
  const named = getNamedType(type);
  return !isObjectType(named) && !isAbstractType(named);
}

/** The answer without what tells one id from another. */
export function anonymous(answer: unknown): string {
  return JSON.stringify(answer).replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<uuid>");
}

export const unknownId = (type: NodeType) => encodeGlobalId(type, "0190e0a4-5c7e-7c3a-9d2b-6b1f0e3a9c11");
