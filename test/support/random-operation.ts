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

/** A query over the schema that the choices decide on, about these conversations. Equal choices give the equal query. */
export function operationFrom(schema: GraphQLSchema, conversationIds: string[], choices: number[]): string {
  let used = 0;
  let aliases = 0;
  const choose = (n: number) => (choices[used++ % choices.length] as number) % n;
  const id = () => conversationIds[choose(conversationIds.length)] as string;

  const selection = (type: GraphQLOutputType, level: number): string => {
    const named = getNamedType(type);
    if (!isCompositeType(named)) return "";
    if (isAbstractType(named)) {
      const parts = schema.getPossibleTypes(named).map((object) => `... on ${object.name} ${selection(object, level)}`);
      return `{ __typename ${parts.filter(() => choose(2) === 0).join(" ")} }`;
    }
    return fields(named as GraphQLObjectType, level);
  };

  const fields = (type: GraphQLObjectType, level: number): string => {
    const all = Object.values(type.getFields()).filter(
      (f) => level < maxLevels || !isCompositeType(getNamedType(f.type)),
    );
    const picked = Array.from({ length: 1 + choose(3) }, () => all[choose(all.length)]).filter((f) => f !== undefined);
    const asked = picked.map((f) => `a${aliases++}: ${f.name}${args(f)} ${selection(f.type, level + 1)}`);
    return `{ __typename ${asked.join(" ")} }`;
  };

  const args = (field: GraphQLField<unknown, unknown>): string => {
    const given = field.args.flatMap(({ name }) => argument(field, name));
    return given.length > 0 ? `(${given.join(", ")})` : "";
  };

  const argument = (field: GraphQLField<unknown, unknown>, name: string): string[] => {
    if (name === "id")
      return [`id: "${field.name === "customer" ? id().replace("conversation_", "customer_") : id()}"`];
    if (name === "parentId") return [`parentId: "${id()}"`];
    if (name === "ids") return [`ids: ["${id()}", "${id()}"]`];
    if (name === "representations") return [`representations: [{__typename: "Conversation", id: "${id()}"}]`];
    if (name === "first" && choose(3) > 0) return [`first: ${choose(6)}`];
    return [];
  };

  const query = schema.getQueryType();
  if (!isObjectType(query)) throw new Error("the schema has no queries");
  return `query ${fields(query, 0)}`;
}
