import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLObjectType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isObjectType,
  isRequiredArgument,
} from "graphql";
import { type NodeType, nodeTypes } from "../../src/global-id.ts";
import { schema } from "../../src/schema/index.ts";

// Every list that takes cursors, at the root or below, found by walking the schema, in every order it can be asked for.

export interface Connection {
  /** Such as `Conversation.messages`, with the order if there is a choice. */
  name: string;
  /** The field as the schema declares it. */
  place: string;
  /** Asks the list as `list`, of the record with the id `$id` where it belongs to one. */
  document: string;
  /** The type of that record. */
  of: NodeType;
}

export const connections: Connection[] = Object.values(schema.getTypeMap())
  .filter(isObjectType)
  .flatMap((type) => Object.values(type.getFields()).flatMap((field) => connectionsOf(type, field)));

/** The places of the schema that take a cursor. */
export const cursorPlaces = [
  ...connections.flatMap(({ place }) => [`${place}.after`, `${place}.before`]),
  "Subscription.events.after",
];

function connectionsOf(type: GraphQLObjectType, field: GraphQLField<unknown, unknown>): Connection[] {
  if (!getNamedType(field.type).name.endsWith("Connection")) return [];
  const place = `${type.name}.${field.name}`;
  const isRoot = type === schema.getQueryType();
  const needsId = field.args.some(isRequiredArgument);
  const of = nodeTypes.find((name) => name === (isRoot ? "Conversation" : type.name));
  if (!of) throw new Error(`Nothing is known that leads to a ${type.name}.`);
  return ordersOf(field).map((order) => {
    const passed = field.args.flatMap((arg) => argument(arg) ?? []).concat(order);
    const total = "totalCount" in (getNamedType(field.type) as GraphQLObjectType).getFields() ? "totalCount" : "";
    const asked = `list: ${field.name}(${passed.join(", ")}) {
      ${total} edges { cursor node { __typename id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }`;
    const declared = `$first: Int, $after: String, $last: Int, $before: String${isRoot && !needsId ? "" : ", $id: ID!"}`;
    const document = isRoot
      ? `query (${declared}) { ${asked} }`
      : `query (${declared}) { node(id: $id) { ... on ${type.name} { ${asked} } } }`;
    return { name: [place, ...order].join(" "), place, document, of };
  });
}

function argument(arg: GraphQLArgument): string[] | undefined {
  if (["first", "after", "last", "before"].includes(arg.name)) return [`${arg.name}: $${arg.name}`];
  return isRequiredArgument(arg) ? [`${arg.name}: $id`] : undefined;
}

/** An argument for every combination of the enum values that an optional input object of enums takes; none without such. */
function ordersOf(field: GraphQLField<unknown, unknown>): string[][] {
  const orders = field.args.flatMap(({ name, type }) => {
    const named = getNamedType(type);
    if (!isInputObjectType(named)) return [];
    const fields = Object.values(named.getFields()).map((one) => ({ name: one.name, type: getNamedType(one.type) }));
    const choices = fields.map((one) =>
      isEnumType(one.type) ? one.type.getValues().map((value) => `${one.name}: ${value.name}`) : [],
    );
    const none: string[][] = [[]];
    const combined = choices.reduce((all, some) => all.flatMap((one) => some.map((value) => [...one, value])), none);
    return combined.map((values) => [`${name}: { ${values.join(", ")} }`]);
  });
  return [[], ...orders];
}
