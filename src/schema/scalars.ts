import { GraphQLError, GraphQLScalarType, Kind, print, type ValueNode } from "graphql";
import { GraphQLDateTime, GraphQLJSONObject } from "graphql-scalars";
import { numberOf } from "../json-number.ts";
import { SentTime } from "../rules/time.ts";

type Variables = Record<string, unknown> | null | undefined;

const time = GraphQLDateTime.toConfig();

/** A time. Clients may send more digits than are stored. */
export const dateTime = new GraphQLScalarType<Date, Date>({
  ...time,
  parseValue: (value) => new SentTime(String(value), time.parseValue(value)),
  parseLiteral: (node, variables) =>
    new SentTime(node.kind === Kind.STRING ? node.value : "", time.parseLiteral(node, variables)),
});

/** A JSON object. A value in the document that is no JSON is refused, not left out. */
export const jsonObject = new GraphQLScalarType<unknown, unknown>({
  ...GraphQLJSONObject.toConfig(),
  parseLiteral(node, variables) {
    if (node.kind === Kind.OBJECT) return jsonOf(node, variables);
    throw new GraphQLError(`JSONObject cannot represent a value that is no object: ${print(node)}`, { nodes: node });
  },
});

function jsonOf(node: ValueNode, variables: Variables): unknown {
  switch (node.kind) {
    case Kind.OBJECT: {
      const object = Object.create(null) as Record<string, unknown>;
      for (const field of node.fields) object[field.name.value] = jsonOf(field.value, variables);
      return object;
    }
    case Kind.LIST:
      return node.values.map((value) => jsonOf(value, variables));
    case Kind.INT:
    case Kind.FLOAT:
      return numberOf(node.value);
    case Kind.STRING:
    case Kind.BOOLEAN:
      return node.value;
    case Kind.NULL:
      return null;
    case Kind.VARIABLE:
      return variables?.[node.name.value];
    case Kind.ENUM:
      throw new GraphQLError(
        `JSONObject cannot represent ${node.value}, which is no JSON: is it the text "${node.value}"?`,
        { nodes: node },
      );
  }
}
