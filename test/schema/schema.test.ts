import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isNonNullType,
  isObjectType,
  isSpecifiedScalarType,
  printSchema,
} from "graphql";
import { describe, expect, test } from "vitest";
import { schema } from "../../src/schema/index.ts";

const types = Object.values(schema.getTypeMap()).filter(
  (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
);

interface Described {
  place: string;
  description?: string | null;
}

function argsOf(field: GraphQLField<unknown, unknown> | GraphQLInputField): readonly GraphQLArgument[] {
  return "args" in field ? field.args : [];
}

/** The type and all that it is made of. */
function describedIn(type: GraphQLNamedType): Described[] {
  const at = (place: string, { description }: { description?: string | null }) => ({ place, description });
  const own = at(type.name, type);
  if (isEnumType(type)) return [own, ...type.getValues().map((value) => at(`${type.name}.${value.name}`, value))];
  if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) return [own];
  return [
    own,
    ...Object.values(type.getFields()).flatMap((field) => [
      at(`${type.name}.${field.name}`, field),
      ...argsOf(field).map((arg) => at(`${type.name}.${field.name}(${arg.name})`, arg)),
    ]),
  ];
}

describe("the schema", () => {
  test("is printed in schema.graphql", async () => {
    await expect(`${printSchema(schema)}\n`).toMatchFileSnapshot("../../schema.graphql");
  });

  test("describes every type, field, argument, input field and enum value in a sentence", () => {
    const all = types.flatMap(describedIn);
    expect(all.length).toBeGreaterThan(200);
    expect(all.filter(({ description }) => !description || description.trim().length < 8)).toEqual([]);
    const sentences = all.filter(({ place }) => !["DateTime", "JSONObject"].includes(place));
    expect(sentences.filter(({ description }) => !/^[A-Z`\d_].*[.)]$/s.test(description ?? ""))).toEqual([]);
  });

  test("has the types and fields of the contract", () => {
    const fieldsOf = (name: string) => {
      const type = schema.getType(name);
      return isObjectType(type) ? Object.keys(type.getFields()) : [];
    };
    const contract: Record<string, string> = {
      Query: "viewer node nodes conversation conversations listSubConversations customer",
      Mutation: "getOrCreateConversation createSubConversation updateConversation deleteConversation",
      Conversation: `id type name metadata parent ancestors depth customer owner channels participants counts children
        messages lastMessage createdAt updatedAt lastActivityAt viewerCanDelete`,
      ConversationCounts: "children messages participants",
      Participant: "id actor joinedAt",
      GetOrCreateConversationPayload: "conversation outcome matchedBy",
      CreateSubConversationPayload: "conversation",
      UpdateConversationPayload: "conversation",
      DeleteConversationPayload: "deletedId deletedCount",
      ConversationConnection: "edges nodes pageInfo totalCount",
    };
    for (const [type, fields] of Object.entries(contract))
      expect({ type, fields: fieldsOf(type) }).toEqual({ type, fields: expect.arrayContaining(fields.split(/\s+/)) });
  });

  test("has no mutation without exactly one argument `input: XInput!`, and gives `XPayload`, or null with an error", () => {
    for (const { name, args, type } of Object.values(schema.getMutationType()?.getFields() ?? {})) {
      const X = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
      expect([args.map((arg) => `${arg.name}: ${arg.type}`), String(type)]).toEqual([
        [`input: ${X}Input!`],
        `${X}Payload`,
      ]);
    }
  });

  test("takes every input of the contract as nullable, except the ids of the records to act on", () => {
    const required = types
      .filter(isInputObjectType)
      .filter(({ name }) => /Conversation|Customer/.test(name) && name.endsWith("Input"))
      .flatMap((type) =>
        Object.values(type.getFields()).map((field) => ({ place: `${type.name}.${field.name}`, field })),
      )
      .filter(({ field }) => isNonNullType(field.type))
      .map(({ place }) => place);
    expect(required.sort()).toEqual([
      "CreateSubConversationInput.parentId",
      "DeleteConversationInput.id",
      "UpdateConversationInput.id",
      "UpdateCustomerInput.id",
    ]);
  });

  test("gives ids, and nothing but ids, as ID", () => {
    const fields = types.filter(isObjectType).flatMap((type) => Object.values(type.getFields()));
    const ids = fields.filter(({ type }) => getNamedType(type).name === "ID").map(({ name }) => name);
    expect([...new Set(ids)].sort()).toEqual([
      "actorId",
      "conversationId",
      "deletedId",
      "deletedIds",
      "id",
      "messageId",
    ]);
  });
});
