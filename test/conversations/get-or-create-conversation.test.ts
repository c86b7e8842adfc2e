import { describe, expect, test } from "vitest";
import { newWorkspace } from "../support/workspace.ts";
import { conversationOf, idOf, newFamily, refusalOf, run, unknownId } from "./operations.ts";

const operation = "getOrCreateConversation";
const customer = { externalId: "visitor" };

describe("creates", () => {
  test("a DIRECT conversation with nothing but what was asked for", async () => {
    const ours = await newWorkspace();
    const created = await run(ours, operation, { customer });
    expect(created).toMatchObject({ outcome: "CREATED", matchedBy: null });
    expect(created.conversation).toMatchObject({
      ...{ type: "DIRECT", name: null, metadata: {}, depth: 0, channels: [] },
      counts: { children: 0, messages: 0, participants: 2 },
    });
  });

  test("with name, type, metadata and channels, owned by the key's integration", async () => {
    const ours = await newWorkspace();
    const channel = await ours.newChannel("a.example.com");
    const created = await conversationOf(ours, operation, {
      ...{ customer, name: "  Support  ", type: "GROUP", metadata: { source: "website-chat" } },
      ...{ channelIds: [idOf("Channel", channel)], channelIdentifier: "b.example.com" },
    });
    expect(created).toMatchObject({ name: "Support", type: "GROUP", metadata: { source: "website-chat" } });
    expect(created.websites).toEqual(["a.example.com", "b.example.com"]);
    expect(created.owner).toBe(idOf("Integration", ours.integration));
  });

  test("with the caller, the members listed and the customer as participants, each once", async () => {
    const ours = await newWorkspace();
    const member = idOf("Member", await ours.newMember());
    const caller = idOf("Member", ours.member);
    const created = await conversationOf(ours, operation, { customer, memberIds: [member, caller, member] });
    expect(created.participants.toSorted()).toEqual([member, caller, created.customer].toSorted());
    expect(created.counts.participants).toBe(3);
  });

  test("a conversation for a known customer without one, and says by which key the customer was recognised", async () => {
    const ours = await newWorkspace();
    const known = await ours.newCustomer({ externalId: "visitor" });
    const created = await run(ours, operation, { customer });
    expect(created).toMatchObject({ outcome: "CREATED", matchedBy: "EXTERNAL_ID" });
    expect(created.conversation.customer.id).toBe(idOf("Customer", known));
  });

  test("takes null as omitted, everywhere", async () => {
    const ours = await newWorkspace();
    const nothing = { name: null, type: null, customerId: null, memberIds: null, channelIds: null };
    const lead = { id: null, externalId: "visitor", name: null, email: null, phone: null, image: null, metadata: null };
    const input = { ...nothing, channelIdentifier: null, metadata: null, customer: lead };
    const created = await conversationOf(ours, operation, input);
    expect(created).toMatchObject({ type: "DIRECT", name: null, metadata: {}, channels: [] });
    expect(await run(ours, operation, input)).toMatchObject({ outcome: "REUSED" });
  });
});

describe("reuses", () => {
  test("the customer's top-level conversation, of any type, channel and members", async () => {
    const ours = await newWorkspace();
    const first = await run(ours, operation, { customer, type: "GROUP", channelIdentifier: "a.example.com" });
    const member = idOf("Member", await ours.newMember());
    const again = { customer, type: "DIRECT", channelIdentifier: "b.example.com", memberIds: [member] };
    const second = await run(ours, operation, again);
    expect(second).toMatchObject({ outcome: "REUSED", matchedBy: "EXTERNAL_ID" });
    expect(second.conversation.id).toBe(first.conversation.id);
  });

  test("adding the caller, the members and the channels where absent, and keeping those there", async () => {
    const ours = await newWorkspace();
    const first = await conversationOf(ours, operation, { customer, channelIdentifier: "a.example.com" });
    const colleague = await ours.newActor();
    const member = idOf("Member", await ours.newMember());
    const channelIds = [idOf("Channel", await ours.newChannel("b.example.com"))];
    const input = { customer, memberIds: [member], channelIds, channelIdentifier: "c.example.com" };
    const second = await conversationOf(colleague, operation, input);
    expect(second.participants.toSorted()).toEqual(
      [...first.participants, idOf("Member", colleague.member), member].toSorted(),
    );
    expect(second.websites).toEqual(["a.example.com", "b.example.com", "c.example.com"]);
    expect(second.counts.participants).toBe(4);
  });

  test("leaving name, type, metadata, owner and updatedAt as they are", async () => {
    const ours = await newWorkspace();
    const first = await conversationOf(ours, operation, { customer, name: "First", metadata: { a: 1 } });
    const colleague = await ours.newActor();
    const input = { customer, name: "Second", type: "GROUP", metadata: { b: 2 } };
    const { type, name, metadata, owner, updatedAt } = await conversationOf(colleague, operation, input);
    const { participants: _, ...before } = first;
    expect(before).toMatchObject({ type, name, metadata, owner, updatedAt });
    expect(name).toBe("First");
  });

  test("saying by which key the customer was recognised", async () => {
    const ours = await newWorkspace();
    const full = { externalId: "visitor", email: "jane@example.com", phone: "+4930901820" };
    const { conversation } = await run(ours, operation, { customer: full });
    const { id } = conversation.customer;
    const byKey = {
      CUSTOMER_ID: [{ customerId: id }, { customer: { id } }, { customerId: id, customer: { id, ...full } }],
      EXTERNAL_ID: [{ customer: full }, { customer: { externalId: "visitor" } }],
      EMAIL: [{ customer: { email: " Jane@Example.com " } }, { customer: { email: full.email, phone: full.phone } }],
      PHONE: [{ customer: { phone: "+49 (30) 901820" } }],
    };
    for (const [matchedBy, inputs] of Object.entries(byKey))
      for (const input of inputs)
        expect(await run(ours, operation, input)).toMatchObject({
          ...{ outcome: "REUSED", matchedBy },
          conversation: { id: conversation.id },
        });
  });

  test("no sub-conversation of the customer: the top-level one counts", async () => {
    const ours = await newFamily();
    const sub = { parentId: ours.parent.id, customer: { externalId: "another" } };
    const { conversation } = await run(ours, "createSubConversation", sub);
    const created = await run(ours, operation, { customer: { externalId: "another" } });
    expect(created).toMatchObject({ outcome: "CREATED", matchedBy: "EXTERNAL_ID" });
    expect(created.conversation.id).not.toBe(conversation.id);
  });
});

describe("among members only", () => {
  test("DIRECT finds the conversation of exactly these members, for each of them", async () => {
    const ours = await newWorkspace();
    const colleague = await ours.newActor();
    const third = idOf("Member", await ours.newMember());
    const [us, them] = [idOf("Member", ours.member), idOf("Member", colleague.member)];
    const pair = await run(ours, operation, { memberIds: [them] });
    expect(pair).toMatchObject({ outcome: "CREATED", matchedBy: null, conversation: { customer: null } });
    const asked = await run(colleague, operation, { memberIds: [us, them, us], type: "DIRECT" });
    expect(asked).toMatchObject({
      outcome: "REUSED",
      matchedBy: "MEMBERS",
      conversation: { id: pair.conversation.id },
    });
    const three = await run(ours, operation, { memberIds: [them, third] });
    expect(three).toMatchObject({ outcome: "CREATED", matchedBy: null });
    expect(await run(ours, operation, { memberIds: [third] })).toMatchObject({ outcome: "CREATED" });
  });

  test("DIRECT with oneself alone is a conversation too", async () => {
    const ours = await newWorkspace();
    const memberIds = [idOf("Member", ours.member)];
    const created = await conversationOf(ours, operation, { memberIds });
    expect(created.participants).toEqual(memberIds);
    expect(await run(ours, operation, { memberIds })).toMatchObject({ outcome: "REUSED", matchedBy: "MEMBERS" });
  });

  test("DIRECT adds channels to the one found", async () => {
    const ours = await newWorkspace();
    const memberIds = [idOf("Member", await ours.newMember())];
    await run(ours, operation, { memberIds });
    const found = await conversationOf(ours, operation, { memberIds, channelIdentifier: "example.com" });
    expect(found.websites).toEqual(["example.com"]);
  });

  test("DIRECT does not find a customer's conversation or a GROUP with the same members", async () => {
    const ours = await newWorkspace();
    const memberIds = [idOf("Member", await ours.newMember())];
    await run(ours, operation, { memberIds, customer });
    await run(ours, operation, { memberIds, type: "GROUP" });
    expect(await run(ours, operation, { memberIds })).toMatchObject({ outcome: "CREATED", matchedBy: null });
  });

  test("GROUP always creates, even beside a DIRECT conversation of the same members", async () => {
    const ours = await newWorkspace();
    const memberIds = [idOf("Member", await ours.newMember())];
    await run(ours, operation, { memberIds });
    const input = { memberIds, type: "GROUP" };
    const [first, second] = [await run(ours, operation, input), await run(ours, operation, input)];
    expect([first, second]).toMatchObject([{ outcome: "CREATED" }, { outcome: "CREATED", matchedBy: null }]);
    expect(first.conversation.id).not.toBe(second.conversation.id);
  });
});

describe("refuses", () => {
  test.each([{}, { memberIds: [] }, { customerId: null, customer: null, memberIds: null }, { name: "Nobody" }])(
    "an input that names nobody: %j",
    async (input) => {
      const refusal = await refusalOf(await newWorkspace(), operation, input);
      expect(refusal).toEqual({ code: "BAD_USER_INPUT", reason: "REQUIRED", field: "input" });
    },
  );

  test("unknown members and channels, whether the conversation is there or not", async () => {
    const ours = await newWorkspace();
    const memberIds = [idOf("Member", await ours.newMember()), unknownId("Member")];
    const channelIds = [idOf("Channel", await ours.newChannel()), unknownId("Channel")];
    const unknownMember = { code: "NOT_FOUND", reason: "MEMBER", field: "input.memberIds.1" };
    const unknownChannel = { code: "NOT_FOUND", reason: "CHANNEL", field: "input.channelIds.1" };
    const refuseBoth = async () => {
      expect(await refusalOf(ours, operation, { customer, memberIds })).toEqual(unknownMember);
      expect(await refusalOf(ours, operation, { customer, channelIds })).toEqual(unknownChannel);
    };
    await refuseBoth();
    await run(ours, operation, { customer });
    await refuseBoth();
  });
});
