import {
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
} from "graphql";
import type { World } from "./world.ts";

const maxLevels = 5;

export const conversationOrders = ["CREATED_AT", "UPDATED_AT", "LAST_ACTIVITY_AT", "TREE_LAST_ACTIVITY_AT", "NAME"];
const orders: Record<string, string[]> = {
  customers: ["CREATED_AT", "UPDATED_AT", "NAME"],
  members: ["CREATED_AT", "NAME"],
};
const filters: Record<string, string[]> = {
  customers: [
    ...['externalId: "c1"', 'email: "C1@example.com"', "metadata: { b: 1 }", 'search: "c1"', "hasConversation: true"],
    ...["hasConversation: false", 'createdAt: { from: "2000-01-01T00:00:00Z" }'],
  ],
  members: ['search: "a"'],
  channels: ['search: "example"', 'search: "1"'],
};

/** Of these the compiler makes nothing: they read no rows. */
export const notCompiled = ["_service"];

/** Of what may be wrong on purpose, one in so many is. */
const mistakes = 40;

/**
 * A query about a world that the choices decide on: all fields and arguments, aliases, merged fields, variables, directives, inline
 * and named fragments. Few are mistaken. Equal choices give the equal query.
 */
export function randomQuery(schema: GraphQLSchema, world: World, choices: readonly number[]) {
  let used = 0;
  let aliases = 0;
  const fragments: string[] = [];
  const declared: string[] = [];
  const variables: Record<string, unknown> = {};
  const choose = (n: number) => (choices[used++ % choices.length] as number) % n;
  const oneOf = <T>(all: readonly T[]): T => all[choose(all.length)] as T;
  const mistaken = () => choose(mistakes) === 0;

  const variable = (type: string, fallback: string, value: unknown): string => {
    const name = `v${declared.length}`;
    declared.push(`$${name}: ${type} = ${fallback}`);
    if (choose(4) > 0) variables[name] = value;
    return `$${name}`;
  };

  const selection = (type: GraphQLOutputType, level: number, owner?: string): string => {
    const named = getNamedType(type);
    if (!isCompositeType(named)) return "";
    if (!isAbstractType(named)) return fields(named as GraphQLObjectType, level, owner);
    const own = isInterfaceType(named) ? Object.keys(named.getFields()).filter(() => choose(2)) : [];
    const picked = schema.getPossibleTypes(named).filter(() => choose(3) > 0);
    const cases = picked.map((object) => `... on ${object.name} ${fields(object, level, owner)}`);
    return `{ __typename ${own.join(" ")} ${cases.join(" ")} }`;
  };

  const fields = (type: GraphQLObjectType, level: number, owner?: string): string => {
    const deep = (field: GraphQLField<unknown, unknown>) => isCompositeType(getNamedType(field.type));
    const all = Object.values(type.getFields()).filter(
      (f) => !notCompiled.includes(f.name) && (level < maxLevels || !deep(f)),
    );
    const picked = Array.from({ length: 1 + choose(level === 0 ? 3 : 4) }, () => all[choose(all.length)]);
    const asked = picked.flatMap((field) => (field ? [disguised(ask(field, level, owner), type)] : []));
    return `{ ${choose(3) ? "" : "__typename"} ${asked.join(" ") || "__typename"} }`;
  };

  const ask = (field: GraphQLField<unknown, unknown>, level: number, owner?: string): string => {
    const { text, owner: known } = argumentsOf(field, owner);
    const asked = `${choose(4) ? `a${aliases++}` : `${field.name}_${aliases++}`}: ${field.name}${text}`;
    // Only lists below one known id have cursors.
    const below = () => selection(field.type, level + 1, known);
    const again = isCompositeType(getNamedType(field.type)) && choose(6) === 0;
    return again ? `${asked} ${below()} ${asked} ${below()}` : `${asked} ${below()}`;
  };

  const disguised = (field: string, type: GraphQLObjectType): string => {
    const how = choose(9);
    if (how === 0) return `... on ${type.name} { ${field} }`;
    if (how === 1) return `... @include(if: ${variable("Boolean!", "true", choose(2) > 0)}) { ${field} }`;
    if (how === 2) return `__typename @skip(if: ${choose(2) > 0}) ${field}`;
    if (how === 3 && type.getInterfaces().some(({ name }) => name === "Node"))
      return `... on Node { n${aliases++}: id } ${field}`;
    if (how > 4) return field;
    fragments.push(`fragment F${fragments.length} on ${type.name} { ${field} }`);
    return `...F${fragments.length - 1} ...F${fragments.length - 1}`;
  };

  const idOf = (type: string) => (mistaken() ? "wrong" : oneOf(world.ids[type] as string[]));
  const anyId = () => idOf(oneOf(Object.keys(world.ids)));
  const conversationId = () =>
    choose(3) ? idOf("Conversation") : oneOf((world.ids.Conversation as string[]).slice(0, 12));

  const page = (list: string): string => {
    const size = () => (choose(3) ? choose(5) : variable("Int", "2", choose(8) ? choose(6) : null));
    const [end, known] = [["", "first", "last"][choose(3)], world.cursors.get(list) ?? []];
    const given = end ? [`${end}: ${size()}`] : [];
    for (const name of ["after", "before"]) {
      if (choose(3) === 0 && known.length > 0) given.push(`${name}: "${mistaken() ? "wrong" : oneOf(known)}"`);
    }
    return given.join(" ");
  };

  const representation = () => {
    if (choose(6) === 0) return `{ __typename: "Customer", externalId: "c${choose(9)}" }`;
    const type = oneOf(["Conversation", "Customer", "Member", "Channel", "Message"]);
    return `{ __typename: "${type}", id: "${idOf(type)}" }`;
  };

  const conversationFilter = () =>
    oneOf([
      `parentId: "${idOf("Conversation")}"`,
      "types: [GROUP]",
      "types: [GROUP, DIRECT] scope: ANY_DEPTH",
      `ids: ["${idOf("Conversation")}", "${idOf("Conversation")}"] scope: ANY_DEPTH`,
      `not: { ownerId: "${idOf("Integration")}" } or: [{ types: [DIRECT] }, { customerExternalId: "c${choose(9)}" }]`,
      'search: "c1"',
      "metadata: { b: null }",
      'updatedAt: { from: "1970-01-01T00:00:00.006Z" }',
      `customerId: "${idOf("Customer")}"`,
      `customerExternalId: "c${choose(9)}"`,
      `memberId: "${idOf("Member")}"`,
      `channelId: "${idOf("Channel")}"`,
      `channelIdentifier: "${choose(4)}.example.com"`,
      `ownerId: "${idOf("Integration")}"`,
      "metadata: { b: 1 }",
      'createdAt: { from: "2000-01-01T00:00:00Z" }',
      'lastActivityAt: { to: "2020-01-04T00:00:00Z" }',
    ]);

  /** The arguments of a field, and the record that it is about, where that is known. */
  const argumentsOf = (
    { name, args }: GraphQLField<unknown, unknown>,
    owner?: string,
  ): { text: string; owner?: string } => {
    if (args.length === 0) return { text: "" };
    if (name.startsWith("totalCount")) return { text: choose(2) ? "" : `(atMost: ${mistaken() ? -1 : choose(9)})` };
    if (name === "conversation" || name === "node") {
      const id = name === "node" && choose(2) ? anyId() : conversationId();
      return { text: `(id: ${choose(4) ? `"${id}"` : variable("ID!", `"${id}"`, id)})`, owner: id };
    }
    if (name === "message") {
      const id = choose(3) ? idOf("Message") : oneOf((world.ids.Message as string[]).slice(0, 20));
      return { text: `(id: "${id}")`, owner: id };
    }
    if (name === "messages" || name === "replies") {
      const shown = oneOf(["PUBLIC", "INTERNAL", "PUBLIC, INTERNAL"]);
      const filter = choose(2) ? "" : `filter: { visibility: [${shown}] }`;
      const given = `${filter} ${page(`${name}.${owner}`)}`.trim();
      return { text: given ? `(${given})` : "" };
    }
    if (name === "nodes")
      return { text: `(ids: [${Array.from({ length: choose(5) }, anyId).map((id) => `"${id}"`)}])` };
    if (name === "_entities")
      return { text: `(representations: [${Array.from({ length: choose(5) }, representation)}])` };
    if (name === "customer")
      return { text: choose(2) ? `(id: "${idOf("Customer")}")` : `(externalId: "c${choose(9)}")` };
    if (name === "listSubConversations") {
      const id = conversationId();
      return { text: `(parentId: "${id}" ${page(`children.${id}`)})` };
    }
    if (name === "descendants") {
      const depth = choose(3) ? "" : `maxDepth: ${mistaken() ? 0 : 1 + choose(9)}`;
      const given = `${depth} ${page(`descendants.${owner}`)}`.trim();
      return { text: given ? `(${given})` : "" };
    }
    if (name === "conversations" && args.some((arg) => arg.name === "orderBy")) {
      const [field, direction] = [oneOf(conversationOrders), oneOf(["ASC", "DESC"])];
      const filter = choose(4) ? "" : `filter: { ${conversationFilter()} }`;
      return {
        text: `(${filter} orderBy: { field: ${field}, direction: ${direction} } ${page(`conversations.${field}.${direction}`)})`,
      };
    }
    const filter = choose(4) === 0 && name in filters ? `filter: { ${oneOf(filters[name] as string[])} }` : "";
    const ordered = choose(4) === 0 && name in orders ? oneOf(orders[name] as string[]) : undefined;
    const orderBy = ordered ? `orderBy: { field: ${ordered}, direction: ${oneOf(["ASC", "DESC"])} }` : "";
    // The cursors that are known are those of the usual order.
    const given = `${filter} ${orderBy} ${ordered ? "" : page(owner ? `${name}.${owner}` : name)}`.trim();
    return { text: given ? `(${given})` : "" };
  };

  const body = fields(schema.getQueryType() as GraphQLObjectType, 0);
  const declarations = declared.length > 0 ? `(${declared.join(", ")})` : "";
  return { document: `query Q${declarations} ${body} ${fragments.join(" ")}`, variables };
}
