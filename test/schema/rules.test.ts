import { type GraphQLInputObjectType, getNamedType, isInputObjectType, isNonNullType } from "graphql";
import { expect, test } from "vitest";
import type { z } from "zod";
import {
  createSubConversationRules,
  deleteConversationRules,
  getOrCreateConversationRules,
  updateConversationRules,
} from "../../src/rules/conversation-input.ts";
import { updateCustomerRules } from "../../src/rules/customer-input.ts";
import { listEventsRules } from "../../src/rules/event-filter.ts";
import {
  listChannelsRules,
  listConversationsRules,
  listCustomersRules,
  listMembersRules,
} from "../../src/rules/filters.ts";
import {
  deleteMessageRules,
  markReadRules,
  messagesFilterRules,
  sendMessageRules,
  updateMessageRules,
} from "../../src/rules/message-input.ts";
import { addParticipantsRules, removeParticipantRules } from "../../src/rules/participant-input.ts";
import { schema } from "../../src/schema/index.ts";

/** The rules of each input type that an argument has; those inside are found in them. */
const roots: Record<string, z.ZodType> = {
  GetOrCreateConversationInput: getOrCreateConversationRules,
  CreateSubConversationInput: createSubConversationRules,
  UpdateConversationInput: updateConversationRules,
  UpdateCustomerInput: updateCustomerRules,
  DeleteConversationInput: deleteConversationRules,
  ConversationFilter: listConversationsRules.shape.filter,
  ConversationOrder: listConversationsRules.shape.orderBy,
  CustomerFilter: listCustomersRules.shape.filter,
  CustomerOrder: listCustomersRules.shape.orderBy,
  MemberFilter: listMembersRules.shape.filter,
  MemberOrder: listMembersRules.shape.orderBy,
  ChannelFilter: listChannelsRules.shape.filter,
  EventFilter: listEventsRules.shape.filter,
  MessageFilter: messagesFilterRules.shape.filter,
  SendMessageInput: sendMessageRules,
  UpdateMessageInput: updateMessageRules,
  DeleteMessageInput: deleteMessageRules,
  MarkReadInput: markReadRules,
  AddParticipantsInput: addParticipantsRules,
  RemoveParticipantInput: removeParticipantRules,
};

const inputTypes = Object.values(schema.getTypeMap()).filter(isInputObjectType);

/** The rule inside of nullable, optional, lists and transformations. */
function objectOf(rules: z.ZodType): z.ZodObject {
  const { type, innerType, in: inner, element } = rules.def as unknown as Record<string, z.ZodType> & { type: string };
  return type === "object" ? (rules as z.ZodObject) : objectOf((innerType ?? inner ?? element) as z.ZodType);
}

/** The rules of all input types, by name. */
function rulesByType(): Map<string, z.ZodObject> {
  const found = new Map(Object.entries(roots).map(([name, rules]) => [name, objectOf(rules)]));
  for (const [name, rules] of found) {
    for (const field of Object.values((schema.getType(name) as GraphQLInputObjectType).getFields())) {
      const type = getNamedType(field.type);
      const inside = rules.shape[field.name] as z.ZodType | undefined;
      if (isInputObjectType(type) && inside) found.set(type.name, objectOf(inside));
    }
  }
  return found;
}

test("every input type has rules", () => {
  expect([...rulesByType().keys()].sort()).toEqual(inputTypes.map(({ name }) => name).sort());
});

test.each(inputTypes)("$name has a rule for each of its fields, and for no other", (type) => {
  const rules = rulesByType().get(type.name);
  const fields = Object.values(type.getFields());
  expect(Object.keys(rules?.shape ?? {}).sort()).toEqual(fields.map(({ name }) => name).sort());
  expect(rules?.safeParse({ unknown: 1 }).error?.issues).toContainEqual(
    expect.objectContaining({ code: "unrecognized_keys" }),
  );
  for (const { name, type: of } of fields) {
    const rule = rules?.shape[name] as z.ZodType;
    expect([name, rule.safeParse(undefined).success]).toEqual([name, !isNonNullType(of)]);
    expect([name, rule.safeParse(null).success]).toEqual([name, !isNonNullType(of)]);
  }
});
