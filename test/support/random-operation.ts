import {
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isObjectType,
} from "graphql";

const maxLevels = 5;

interface RandomOperation {
  document: string;
  variables: Record<string, unknown>;
}

/**
 * A random query over these conversations: with aliases, variables (some of them wrongly null), inline and named fragments, and repeated
 * fields. Equal choices give equal queries.
 */
export function operationFrom(schema: GraphQLSchema, conversationIds: string[], choices: number[]): RandomOperation {
  let used = 0;
  let aliases = 0;
  const fragments: string[] = [];
  const variables: Record<string, unknown> = {};
  const declared: string[] = [];
  const choose = (n: number) => (choices[used++ % choices.length] as number) % n;
  const id = () => conversationIds[choose(conversationIds.length)] as string;

  const selection = (type: GraphQLOutputType, level: number): string => {
    const named = getNamedType(type);
    if (!isCompositeType(named)) return "";
    if (isAbstractType(named)) {
      const picked = schema.getPossibleTypes(named).filter(() => choose(2) === 0);
      return `{ __typename ${picked.map((object) => `... on ${object.name} ${selection(object, level)}`).join(" ")} }`;
    }
    return fields(named as GraphQLObjectType, level);
  };

  const fields = (type: GraphQLObjectType, level: number): string => {
    const all = Object.values(type.getFields()).filter(
      (f) => level < maxLevels || !isCompositeType(getNamedType(f.type)),
    );
    const picked = Array.from({ length: 1 + choose(level === 0 ? 6 : 3) }, () => all[choose(all.length)]).filter(
      (f) => f !== undefined,
    );
    const asked = picked.map((f) => `a${aliases++}: ${f.name}${args(f)} ${selection(f.type, level + 1)}`);
    return `{ __typename ${asked.map((one) => disguise(one, type)).join(" ")} }`;
  };

  const disguise = (field: string, type: GraphQLObjectType): string => {
    const how = choose(6);
    if (how === 0) return `... on ${type.name} { ${field} }`;
    if (how === 1) return `${field} ... @include(if: true) { ${field} }`;
    if (how > 2) return field;
    fragments.push(`fragment F${fragments.length} on ${type.name} { ${field} }`);
    return `...F${fragments.length - 1} ...F${fragments.length - 1}`;
  };

  const variable = (type: string, fallback: string, value: unknown): string => {
    const name = `$v${declared.length}`;
    declared.push(`${name}: ${type} = ${fallback}`);
    variables[name.slice(1)] = value;
    return name;
  };

  const args = (field: GraphQLField<unknown, unknown>): string => {
    const given = field.args.flatMap(({ name }) => argument(field, name));
    return given.length > 0 ? `(${given.join(", ")})` : "";
  };

  const argument = (field: GraphQLField<unknown, unknown>, name: string): string[] => {
    if (name === "id")
      return [`id: "${field.name === "customer" ? id().replace("conversation_", "customer_") : id()}"`];
    if (name === "parentId") return [`parentId: ${variable("ID", '"none"', choose(3) === 0 ? null : id())}`];
    if (name === "ids") return [`ids: ["${id()}", "${id()}"]`];
    if (name === "representations") return [`representations: [{__typename: "Conversation", id: "${id()}"}]`];
    if (name === "first" && choose(3) > 0) return [`first: ${size()}`];
    if (name === "filter" && field.name === "conversations" && choose(2) > 0)
      return ['filter: { customerExternalId: "c00", channelIdentifier: "0.example.com" }'];
    return [];
  };

  const size = () => (choose(2) === 0 ? choose(6) : variable("Int", "2", choose(5) === 0 ? null : choose(6)));

  const query = schema.getQueryType();
  if (!isObjectType(query)) throw new Error("the schema has no queries");
  const body = fields(query, 0);
  const declarations = declared.length > 0 ? `(${declared.join(", ")})` : "";
  return { document: `query Q${declarations} ${body} ${fragments.join(" ")}`, variables };
}
