import { describe, expect, test } from "vitest";
import { conversationOf, idOf, newFamily, refusalOf, run, unknownId } from "../conversations/operations.ts";

const known = async (ours: Awaited<ReturnType<typeof newFamily>>) => ({
  memberId: idOf("Member", await ours.newMember()),
  customerId: idOf("Customer", await ours.newCustomer()),
});

const fixed = { code: "CONFLICT", reason: "FIXED_MEMBERS", field: "input.conversationId" };

describe("addParticipants", () => {
  test("adds members and customers, and tells who is new", async () => {
    const { parent, ...ours } = await newFamily();
    const { memberId, customerId } = await known({ parent, ...ours });
    const input = { conversationId: parent.id, memberIds: [memberId, memberId], customerIds: [customerId] };
    const first = await run(ours, "addParticipants", input);
    expect(first.added.map(({ actor }: { actor: { id: string } }) => actor.id)).toEqual([memberId, customerId]);
    expect(first.conversation.counts.participants).toBe(4);
    const again = await run(ours, "addParticipants", input);
    expect(again).toMatchObject({ added: [], conversation: { counts: { participants: 4 } } });
  });

  test("refuses an empty input, unknown ids and too many ids", async () => {
    const { parent, ...ours } = await newFamily();
    const conversationId = parent.id;
    const refusal = (input: object) => refusalOf(ours, "addParticipants", { conversationId, ...input });
    expect(await refusal({})).toEqual({ code: "BAD_USER_INPUT", reason: "REQUIRED", field: "input" });
    const { memberId } = await known({ parent, ...ours });
    expect(await refusal({ memberIds: [memberId, unknownId("Member")] })).toEqual({
      ...{ code: "NOT_FOUND", reason: "MEMBER", field: "input.memberIds.1" },
    });
    expect(await refusal({ memberIds: [memberId], customerIds: [unknownId("Customer")] })).toEqual({
      ...{ code: "NOT_FOUND", reason: "CUSTOMER", field: "input.customerIds.0" },
    });
    expect(await refusal({ memberIds: Array.from({ length: 51 }, () => memberId) })).toMatchObject({
      reason: "TOO_LONG",
    });
    expect(await refusal({ conversationId: unknownId("Conversation"), memberIds: [memberId] })).toEqual({
      ...{ code: "NOT_FOUND", reason: "CONVERSATION", field: "input.conversationId" },
    });
    expect((await run(ours, "updateConversation", { id: parent.id, name: "x" })).conversation.counts.participants).toBe(
      2,
    );
  });
});

describe("removeParticipant", () => {
  test("ends the part of a member or a customer, whose messages stay theirs", async () => {
    const { parent, ...ours } = await newFamily();
    const { memberId, customerId } = await known({ parent, ...ours });
    const conversationId = parent.id;
    await run(ours, "addParticipants", { conversationId, memberIds: [memberId], customerIds: [customerId] });
    for (const actor of [{ memberId }, { customerId }]) {
      expect(await run(ours, "removeParticipant", { conversationId, ...actor })).toMatchObject({ removed: true });
      expect(await run(ours, "removeParticipant", { conversationId, ...actor })).toMatchObject({ removed: false });
    }
    const after = await conversationOf(ours, "updateConversation", { id: conversationId, name: "x" });
    expect(after.participants).not.toContain(memberId);
    expect(after.counts.participants).toBe(2);
  });

  test("keeps the customer that the conversation is with", async () => {
    const { parent, ...ours } = await newFamily();
    const input = { conversationId: parent.id, customerId: parent.customer };
    expect(await refusalOf(ours, "removeParticipant", input)).toEqual({
      ...{ code: "CONFLICT", reason: "CONVERSATION_CUSTOMER", field: "input.customerId" },
    });
  });

  test("wants exactly one actor of the workspace", async () => {
    const { parent, ...ours } = await newFamily();
    const { memberId, customerId } = await known({ parent, ...ours });
    const refusal = (input: object) => refusalOf(ours, "removeParticipant", { conversationId: parent.id, ...input });
    expect(await refusal({})).toEqual({ code: "BAD_USER_INPUT", reason: "REQUIRED", field: "input" });
    expect(await refusal({ memberId, customerId })).toEqual({
      ...{ code: "BAD_USER_INPUT", reason: "CONTRADICTION", field: "input.customerId" },
    });
    expect(await refusal({ memberId: unknownId("Member") })).toEqual({
      ...{ code: "NOT_FOUND", reason: "MEMBER", field: "input.memberId" },
    });
  });
});

describe("a direct conversation among members", () => {
  test("is that of exactly these members at the top", async () => {
    const ours = await newFamily();
    const { memberId, customerId } = await known(ours);
    const { conversation } = await run(ours, "getOrCreateConversation", { memberIds: [memberId] });
    const other = { conversationId: conversation.id };
    expect(await refusalOf(ours, "addParticipants", { ...other, customerIds: [customerId] })).toEqual(fixed);
    expect(await refusalOf(ours, "addParticipants", { ...other, memberIds: [memberId] })).toEqual(fixed);
    expect(await refusalOf(ours, "removeParticipant", { ...other, memberId })).toEqual(fixed);
  });

  test("is open below another one; after a change of its members and a move to the top it is not found by the first ones", async () => {
    const ours = await newFamily();
    const { memberId } = await known(ours);
    const colleague = idOf("Member", await ours.newMember());
    const input = { parentId: ours.parent.id, memberIds: [memberId] };
    const { conversation } = await run(ours, "createSubConversation", input);
    await run(ours, "addParticipants", { conversationId: conversation.id, memberIds: [colleague] });
    await run(ours, "updateConversation", { id: conversation.id, parentId: null });
    const direct = await run(ours, "getOrCreateConversation", { memberIds: [memberId] });
    expect(direct.outcome).toBe("CREATED");
  });
});
