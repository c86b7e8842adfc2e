import { describe, expect, test } from "vitest";
import { encodeGlobalId } from "../../src/global-id.ts";
import { hashInput } from "../../src/writing/hash-input.ts";
import { newWorkspace } from "../support/workspace.ts";
import { conversationOf, idOf, newChain, newFamily, refusalOf, run, unknownId } from "./operations.ts";

const operation = "createSubConversation";

describe("creates", () => {
  test("a DIRECT conversation under the parent, owned by the key's integration, with the caller alone", async () => {
    const { parent, ...ours } = await newFamily();
    const created = await conversationOf(ours, operation, { parentId: parent.id });
    expect(created).toMatchObject({
      ...{
        type: "DIRECT",
        name: null,
        metadata: {},
        depth: 1,
        customer: null,
        owner: idOf("Integration", ours.integration),
      },
      ...{ participants: [idOf("Member", ours.member)], counts: { children: 0, messages: 0, participants: 1 } },
    });
  });

  test("with name, type, metadata, members and customer, the caller joining too", async () => {
    const { parent, ...ours } = await newFamily();
    const member = idOf("Member", await ours.newMember());
    const customer = idOf("Customer", await ours.newCustomer());
    const attributes = { name: "Order #1042", type: "GROUP", metadata: { order: 1042 } };
    const input = { parentId: parent.id, ...attributes, memberIds: [member], customerId: customer };
    const created = await conversationOf(ours, operation, input);
    expect(created).toMatchObject({ ...attributes, customer });
    expect(created.participants.toSorted()).toEqual([idOf("Member", ours.member), member, customer].toSorted());
  });

  test("without the parent's participants: the customer does not learn of a side thread", async () => {
    const { parent, ...ours } = await newFamily();
    const colleague = await ours.newActor();
    const created = await conversationOf(colleague, operation, { parentId: parent.id });
    expect(created.participants).toEqual([idOf("Member", colleague.member)]);
    expect(created.customer).toBeNull();
  });

  test("another one each time, also for the same customer", async () => {
    const { parent, ...ours } = await newFamily();
    const input = { parentId: parent.id, name: "Order", customer: { externalId: "visitor" } };
    const [first, second] = [
      await conversationOf(ours, operation, input),
      await conversationOf(ours, operation, input),
    ];
    expect(first.id).not.toBe(second.id);
    expect([first.customer, second.customer]).toEqual([parent.customer, parent.customer]);
  });

  test("another one each time among the same members", async () => {
    const { parent, ...ours } = await newFamily();
    const memberIds = [idOf("Member", await ours.newMember())];
    const direct = await run(ours, "getOrCreateConversation", { memberIds });
    for (const _ of [1, 2]) await run(ours, operation, { parentId: parent.id, memberIds });
    expect(await run(ours, "getOrCreateConversation", { memberIds })).toMatchObject({
      ...{ outcome: "REUSED", conversation: { id: direct.conversation.id } },
    });
  });

  test("and counts it with the parent", async () => {
    const { parent, ...ours } = await newFamily();
    for (const _ of [1, 2, 3]) await run(ours, operation, { parentId: parent.id });
    const { conversation } = await ours.ask("query ($id: ID!) { conversation(id: $id) { counts { children } } }", {
      id: parent.id,
    });
    expect(conversation.counts.children).toBe(3);
  });
});

describe("channels", () => {
  test("are the parent's at that moment when both inputs are omitted or null", async () => {
    const { parent, ...ours } = await newFamily();
    const inherited = await conversationOf(ours, operation, { parentId: parent.id });
    expect(inherited.channels).toEqual(parent.channels);
    await run(ours, "getOrCreateConversation", {
      ...{ customer: { externalId: "visitor" }, channelIdentifier: "later.example.com" },
    });
    const nulls = { channelIds: null, channelIdentifier: null };
    const later = await conversationOf(ours, operation, { parentId: parent.id, ...nulls });
    expect(later.websites).toEqual(["example.com", "later.example.com"]);
  });

  test("are none for an empty list", async () => {
    const { parent, ...ours } = await newFamily();
    const created = await conversationOf(ours, operation, { parentId: parent.id, channelIds: [] });
    expect(created.channels).toEqual([]);
  });

  test("are those given, and only those", async () => {
    const { parent, ...ours } = await newFamily();
    const channelIds = [idOf("Channel", await ours.newChannel("a.example.com"))];
    const websitesOf = async (input: object) =>
      (await conversationOf(ours, operation, { parentId: parent.id, ...input })).websites;
    expect(await websitesOf({ channelIds })).toEqual(["a.example.com"]);
    expect(await websitesOf({ channelIdentifier: "b.example.com" })).toEqual(["b.example.com"]);
    expect(await websitesOf({ channelIds: [], channelIdentifier: "example.com" })).toEqual(["example.com"]);
    const both = { channelIds, channelIdentifier: "b.example.com" };
    expect(await websitesOf(both)).toEqual(["a.example.com", "b.example.com"]);
  });
});

describe("idempotencyKey", () => {
  const key = { idempotencyKey: "order-1042" };

  test("gives the first result again for the same input", async () => {
    const { parent, ...ours } = await newFamily();
    const input = { parentId: parent.id, ...key, name: "Order", customer: { externalId: "another" } };
    const first = await conversationOf(ours, operation, input);
    await run(ours, "updateConversation", { id: first.id, name: "Renamed" });
    const colleague = await ours.newActor();
    const again = await conversationOf(colleague, operation, { ...input, name: " Order ", metadata: null });
    expect(again).toMatchObject({ id: first.id, name: "Renamed", participants: first.participants });
  });

  test("ignores the order of the keys of an object", async () => {
    const { parent, ...ours } = await newFamily();
    const metadata = { a: 1, b: { c: [1, { d: 2, e: 3 }], f: null } };
    const reordered = { b: { f: null, c: [1, { e: 3, d: 2 }] }, a: 1 };
    const first = await conversationOf(ours, operation, { parentId: parent.id, ...key, name: "Order", metadata });
    const again = await conversationOf(ours, operation, {
      metadata: reordered,
      name: "Order",
      ...key,
      parentId: parent.id,
    });
    expect(again.id).toBe(first.id);
  });

  test("ignores the order and repetition of ids, and spellings that the rules make equal", async () => {
    const { parent, ...ours } = await newFamily();
    const [a, b] = [await ours.newMember(), await ours.newMember()].map(({ id }) => encodeGlobalId("Member", id));
    const [c, d] = [await ours.newChannel(), await ours.newChannel()].map(({ id }) => encodeGlobalId("Channel", id));
    const input = {
      parentId: parent.id,
      ...key,
      name: "Order",
      memberIds: [a, b],
      channelIds: [c, d],
      channelIdentifier: "Example.com",
    };
    const customer = { email: "Jane@Example.com", phone: "+49 30 901820" };
    const first = await conversationOf(ours, operation, { ...input, customer });
    const other = {
      memberIds: [b, a, b],
      channelIds: [d, c],
      channelIdentifier: "https://example.com/cart",
      name: " Order ",
    };
    const spelled = { email: "JANE@EXAMPLE.COM", phone: "tel:+49-30-901820" };
    expect((await conversationOf(ours, operation, { ...input, ...other, customer: spelled })).id).toBe(first.id);
    expect(await refusalOf(ours, operation, { ...input, memberIds: [a], customer })).toMatchObject({
      code: "CONFLICT",
    });
  });

  test("ignores empty metadata and the place of the customer's id", async () => {
    const { parent, ...ours } = await newFamily();
    const id = idOf("Customer", await ours.newCustomer());
    const first = await conversationOf(ours, operation, { parentId: parent.id, ...key, customerId: id });
    for (const same of [
      { customer: { id } },
      { customerId: id, customer: { id, metadata: {} } },
      { customerId: id, metadata: {} },
    ])
      expect((await conversationOf(ours, operation, { parentId: parent.id, ...key, ...same })).id).toBe(first.id);
    const other = { parentId: parent.id, ...key, customer: { id, name: "Jane" } };
    expect(await refusalOf(ours, operation, other)).toMatchObject({ code: "CONFLICT" });
  });

  test("that an older version stored still recognises an input that is repeated unchanged", async () => {
    const { parent, ...ours } = await newFamily();
    const members = [await ours.newMember(), await ours.newMember()].sort((one, other) => (one.id < other.id ? 1 : -1));
    const input = { parentId: parent.id, ...key, memberIds: members.map(({ id }) => encodeGlobalId("Member", id)) };
    const first = await conversationOf(ours, operation, input);
    const uuid = parent.id.split("_")[1] as string;
    const before = { type: "DIRECT", memberIds: members.map(({ id }) => id), parentId: uuid, ...key };
    await ours.ctx.db.idempotencyKey.updateMany({ where: { parentId: uuid }, data: { inputHash: hashInput(before) } });
    expect((await conversationOf(ours, operation, input)).id).toBe(first.id);
  });

  test("is free again when its conversation was deleted", async () => {
    const { parent, ...ours } = await newFamily();
    const input = { parentId: parent.id, ...key };
    const first = await conversationOf(ours, operation, input);
    await ours.ask("mutation ($id: ID!) { deleteConversation(input: { id: $id }) { deletedId } }", { id: first.id });
    expect((await conversationOf(ours, operation, input)).id).not.toBe(first.id);
  });

  test("is refused with another input, and nothing is made", async () => {
    const { parent, ...ours } = await newFamily();
    const input = { parentId: parent.id, ...key, metadata: { list: [1, 2] } };
    await run(ours, operation, input);
    for (const change of [{ name: "x" }, { type: "GROUP" }, { metadata: { list: [2, 1] } }, { channelIds: [] }])
      expect(await refusalOf(ours, operation, { ...input, ...change })).toEqual({
        ...{ code: "CONFLICT", reason: "IDEMPOTENCY_KEY_REUSED", field: "input.idempotencyKey" },
      });
    const { listSubConversations } = await ours.ask(
      "query ($id: ID!) { listSubConversations(parentId: $id) { totalCount } }",
      { id: parent.id },
    );
    expect(listSubConversations.totalCount).toBe(1);
  });

  test("is one per parent, and null is none", async () => {
    const { parent, ...ours } = await newFamily();
    const [other] = await newChain(ours, 1);
    const first = await conversationOf(ours, operation, { parentId: parent.id, ...key });
    const elsewhere = await conversationOf(ours, operation, { parentId: other, ...key, name: "Other" });
    expect(elsewhere.id).not.toBe(first.id);
    const none = { parentId: parent.id, idempotencyKey: null };
    const ids = [await conversationOf(ours, operation, none), await conversationOf(ours, operation, none)];
    expect(new Set([first.id, ...ids.map(({ id }) => id)]).size).toBe(3);
  });

  test("has 1 to 255 characters", async () => {
    const { parent, ...ours } = await newFamily();
    const refusal = (idempotencyKey: string) => refusalOf(ours, operation, { parentId: parent.id, idempotencyKey });
    const field = "input.idempotencyKey";
    expect(await refusal("")).toEqual({ code: "BAD_USER_INPUT", reason: "TOO_SHORT", field });
    expect(await refusal("x".repeat(256))).toEqual({ code: "BAD_USER_INPUT", reason: "TOO_LONG", field });
    await run(ours, operation, { parentId: parent.id, idempotencyKey: "x".repeat(255) });
  });
});

describe("refuses", () => {
  test("an eleventh level", async () => {
    const ours = await newWorkspace();
    const chain = await newChain(ours, 9);
    const tenth = await conversationOf(ours, operation, { parentId: chain.at(-1) });
    expect(tenth.depth).toBe(9);
    expect(await refusalOf(ours, operation, { parentId: tenth.id })).toEqual({
      ...{ code: "CONFLICT", reason: "TOO_DEEP", field: "input.parentId" },
    });
  });

  test("an unknown parent, and an id that is not a conversation's", async () => {
    const ours = await newWorkspace();
    const field = "input.parentId";
    const unknown = await refusalOf(ours, operation, { parentId: unknownId("Conversation") });
    expect(unknown).toEqual({ code: "NOT_FOUND", reason: "CONVERSATION", field });
    for (const parentId of [idOf("Member", ours.member), "conversation_1", ours.member.id, ""])
      expect(await refusalOf(ours, operation, { parentId })).toEqual({
        ...{ code: "BAD_USER_INPUT", reason: "INVALID_ID", field },
      });
  });

  test("unknown members and channels", async () => {
    const { parent, ...ours } = await newFamily();
    const refusal = (input: object) => refusalOf(ours, operation, { parentId: parent.id, ...input });
    expect(await refusal({ memberIds: [unknownId("Member")] })).toEqual({
      ...{ code: "NOT_FOUND", reason: "MEMBER", field: "input.memberIds.0" },
    });
    expect(await refusal({ channelIds: [unknownId("Channel")] })).toEqual({
      ...{ code: "NOT_FOUND", reason: "CHANNEL", field: "input.channelIds.0" },
    });
  });
});
