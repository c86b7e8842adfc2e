import { describe, expect, test } from "vitest";
import { idOf, newFamily, run, unknownId } from "../conversations/operations.ts";
import { onCitus, testDatabase } from "../support/database.ts";
import { listed, newChat, refusalOfSending, sendTo } from "./operations.ts";

describe("sends", () => {
  test("a PUBLIC message of the key's member, and counts it", async () => {
    const { id, ...ours } = await newChat();
    const { outcome, message } = await sendTo(ours, id, { text: " Hello\n " });
    expect(outcome).toBe("SENT");
    expect(message).toMatchObject({
      ...{ number: 1, text: " Hello\n ", visibility: "PUBLIC", attachments: [], metadata: {}, idempotencyKey: null },
      content: [{ language: null, text: " Hello\n " }],
      author: { __typename: "Member", id: idOf("Member", ours.member) },
      integration: { id: idOf("Integration", ours.integration) },
      channel: null,
      conversation: { id, lastMessageNumber: 1, counts: { messages: 1, internalMessages: 0, participants: 2 } },
    });
    expect(message.conversation.lastActivityAt).toBe(message.createdAt);
    expect(await listed(ours, id)).toEqual({ totalCount: 1, nodes: [[1, " Hello\n "]] });
  });

  test("numbers 1, 2, 3… of its conversation, newest first in the list", async () => {
    const { id, ...ours } = await newChat();
    const other = await run(ours, "createSubConversation", { parentId: id });
    for (const text of ["a", "b"]) await sendTo(ours, id, { text });
    await sendTo(ours, other.conversation.id, { text: "elsewhere" });
    await sendTo(ours, id, { text: "c" });
    expect((await listed(ours, id)).nodes).toEqual([
      [3, "c"],
      [2, "b"],
      [1, "a"],
    ]);
  });

  test("the original and its translations, under canonical language tags", async () => {
    const { id, ...ours } = await newChat();
    const content = [
      { language: "AR", text: "مرحبا" },
      { language: "en-us", text: "Hello" },
      { language: "zh-hant", text: "你好" },
    ];
    const { message } = await sendTo(ours, id, { content });
    expect(message.text).toBe("مرحبا");
    expect(message.content).toEqual([
      { language: "ar", text: "مرحبا" },
      { language: "en-US", text: "Hello" },
      { language: "zh-Hant", text: "你好" },
    ]);
  });

  test("attachments, alone too, and metadata", async () => {
    const { id, ...ours } = await newChat();
    const attachments = [
      { url: "https://files.example.com/a.png", name: "a.png", mediaType: "image/png", byteSize: 2 ** 40 },
      { url: "https://files.example.com/b", name: null, mediaType: null, byteSize: null },
    ];
    const { message } = await sendTo(ours, id, { attachments, metadata: { order: 1042, gone: null } });
    expect(message).toMatchObject({ text: "", content: [], attachments, metadata: { order: 1042 } });
    expect(message.metadata).not.toHaveProperty("gone");
  });

  test("over a channel, which becomes one of the conversation's", async () => {
    const { id, ...ours } = await newChat();
    const channel = await ours.newChannel("a.example.com");
    for (const _ of ["first", "again"]) {
      const { message } = await sendTo(ours, id, { text: "x", channelId: idOf("Channel", channel) });
      expect(message.channel).toEqual({ id: idOf("Channel", channel), identifier: "a.example.com" });
      const { message: other } = await sendTo(ours, id, { text: "x", channelIdentifier: "https://B.example.com/chat" });
      expect(other.channel.identifier).toBe("b.example.com");
      expect(other.conversation.channels.map(({ identifier }: { identifier: string }) => identifier).sort()).toEqual([
        "a.example.com",
        "b.example.com",
        "example.com",
      ]);
    }
  });

  test("a reply to a message of the same conversation", async () => {
    const { id, ...ours } = await newChat();
    const { message } = await sendTo(ours, id, { text: "Where is it?" });
    const { message: reply } = await sendTo(ours, id, { text: "Here.", parentId: message.id });
    await sendTo(ours, id, { text: "Nobody saw me.", parentId: message.id, visibility: "INTERNAL" });
    const asked = await ours.ask(
      `query ($id: ID!, $reply: ID!) { message(id: $id) { parent { id }
          replies { nodes { text } } all: replies(filter: { visibility: [PUBLIC, INTERNAL] }) { nodes { number } } }
        reply: message(id: $reply) { parent { text } } }`,
      { id: message.id, reply: reply.id },
    );
    expect(asked).toEqual({
      message: {
        parent: null,
        replies: { nodes: [{ text: "Here." }] },
        all: { nodes: [{ number: 2 }, { number: 3 }] },
      },
      reply: { parent: { text: "Where is it?" } },
    });
  });
});

describe("the author", () => {
  test("is the conversation's customer for CUSTOMER, without naming one", async () => {
    const { id, parent, ...ours } = await newChat();
    const { message } = await sendTo(ours, id, { text: "Hi", sender: "CUSTOMER" });
    expect(message.author).toEqual({ __typename: "Customer", id: parent.customer });
    expect(message.conversation.counts.participants).toBe(2);
  });

  test("is found or created as getOrCreateConversation does, and becomes a participant", async () => {
    const { id, ...ours } = await newChat();
    const known = await ours.newCustomer({ externalId: "known" });
    const ways = [{ customerId: idOf("Customer", known) }, { customer: { externalId: "known", name: "Now known" } }];
    for (const way of ways) {
      const { message } = await sendTo(ours, id, { text: "Hi", sender: "CUSTOMER", ...way });
      expect(message.author.id).toBe(idOf("Customer", known));
      expect(message.conversation.counts.participants).toBe(3);
    }
    const customer = { externalId: "new", email: "new@example.com" };
    const { message } = await sendTo(ours, id, { text: "Hi", sender: "CUSTOMER", customer });
    expect(message.conversation.counts.participants).toBe(4);
    const { customer: found } = await ours.ask('{ customer(externalId: "new") { id } }');
    expect(message.author.id).toBe(found.id);
  });

  test("becomes a participant where the key's member was none", async () => {
    const { id, ...ours } = await newChat();
    const colleague = await ours.newActor();
    const { message } = await sendTo(colleague, id, { text: "I take over." });
    expect(message.author.id).toBe(idOf("Member", colleague.member));
    expect(message.conversation.counts.participants).toBe(3);
  });

  test("cannot come into a direct conversation of other members", async () => {
    const ours = await newFamily();
    const memberIds = [idOf("Member", await ours.newMember())];
    const { conversation } = await run(ours, "getOrCreateConversation", { memberIds });
    await sendTo(ours, conversation.id, { text: "One of them may." });
    const fixed = { code: "CONFLICT", reason: "FIXED_MEMBERS", field: "input.conversationId" };
    const stranger = await ours.newActor();
    const input = { conversationId: conversation.id, text: "Me too!" };
    expect(await refusalOfSending(stranger, input)).toEqual(fixed);
    const customer = { externalId: "visitor" };
    expect(await refusalOfSending(ours, { ...input, sender: "CUSTOMER", customer })).toEqual(fixed);
  });
});

describe("INTERNAL messages", () => {
  test("are counted apart, listed when asked for, and are neither the last message nor activity", async () => {
    const { id, ...ours } = await newChat();
    const { message: last } = await sendTo(ours, id, { text: "public" });
    const { message } = await sendTo(ours, id, { text: "internal", visibility: "INTERNAL" });
    expect(message.conversation).toMatchObject({
      ...{ lastMessageNumber: 2, lastActivityAt: last.createdAt, counts: { messages: 1, internalMessages: 1 } },
    });
    expect(await listed(ours, id)).toEqual({ totalCount: 1, nodes: [[1, "public"]] });
    const internal = await listed(ours, id, "filter: { visibility: [INTERNAL] }");
    expect(internal).toEqual({ totalCount: 1, nodes: [[2, "internal"]] });
    const all = await listed(ours, id, "filter: { visibility: [PUBLIC, INTERNAL, INTERNAL] }");
    expect(all).toEqual({
      totalCount: 2,
      nodes: [
        [2, "internal"],
        [1, "public"],
      ],
    });
    const asked = await ours.ask(
      `query ($id: ID!, $internal: ID!) { conversation(id: $id) { lastMessage { text } } message(id: $internal) { text }
        node(id: $internal) { ... on Message { text } } }`,
      { id, internal: message.id },
    );
    expect(asked).toEqual({
      conversation: { lastMessage: { text: "public" } },
      ...{ message: { text: "internal" }, node: { text: "internal" } },
    });
  });

  test("are replied to by INTERNAL ones only", async () => {
    const { id, ...ours } = await newChat();
    const { message } = await sendTo(ours, id, { text: "internal", visibility: "INTERNAL" });
    const reply = { conversationId: id, text: "reply", parentId: message.id };
    expect(await refusalOfSending(ours, reply)).toEqual({
      ...{ code: "BAD_USER_INPUT", reason: "CONTRADICTION", field: "input.parentId" },
    });
    await sendTo(ours, id, { text: "reply", parentId: message.id, visibility: "INTERNAL" });
  });

  test("are a list that cannot be asked for without any visibility", async () => {
    const { id, ...ours } = await newChat();
    const document = `query ($id: ID!) { conversation(id: $id) { messages(filter: { visibility: [] }) { totalCount } } }`;
    const { errors } = await ours.query(document, { id });
    expect(errors?.[0]?.extensions).toEqual({
      ...{ code: "BAD_USER_INPUT", reason: "TOO_SHORT", field: "filter.visibility" },
    });
  });
});

describe("idempotencyKey", () => {
  const key = { idempotencyKey: "send-1" };

  test("gives the first message again for the same input, with its keys in any order", async () => {
    const { id, ...ours } = await newChat();
    const { message } = await sendTo(ours, id, { text: "Once", ...key, metadata: { a: 1, b: 2 } });
    expect(message.idempotencyKey).toBe("send-1");
    await sendTo(ours, id, { text: "Later" });
    const again = await sendTo(ours, id, { metadata: { b: 2, a: 1 }, ...key, text: "Once", parentId: null });
    expect(again).toMatchObject({ outcome: "REPEATED", message: { id: message.id, number: 1 } });
    expect((await listed(ours, id)).totalCount).toBe(2);
  });

  test("minds neither an empty list of attachments nor empty metadata", async () => {
    const { id, ...ours } = await newChat();
    const { message } = await sendTo(ours, id, { text: "Once", ...key });
    const again = await sendTo(ours, id, { text: "Once", ...key, attachments: [], metadata: {} });
    expect(again).toMatchObject({ outcome: "REPEATED", message: { id: message.id } });
  });

  test("returns the first message also when its metadata had a null, which is the same as nothing", async () => {
    const { id, ...ours } = await newChat();
    const metadata = { a: null, b: { c: null, d: [null] } };
    const { message } = await sendTo(ours, id, { ...key, text: "Hello", metadata });
    expect(message.metadata).toEqual({ b: { d: [null] } });
    const again = await sendTo(ours, id, { ...key, text: "Hello", metadata: { b: { d: [null] } } });
    expect(again).toMatchObject({ outcome: "REPEATED", message: { id: message.id } });
  });

  test("is refused with another input, also the same words of another member, and nothing is written", async () => {
    const { id, ...ours } = await newChat();
    await sendTo(ours, id, { text: "Once", ...key });
    const { pool } = await testDatabase();
    const rows = async () =>
      (await pool.query(`SELECT xmin, * FROM "Conversation" WHERE id = $1`, [id.slice("conversation_".length)])).rows;
    const before = await rows();
    const reused = { code: "CONFLICT", reason: "IDEMPOTENCY_KEY_REUSED", field: "input.idempotencyKey" };
    const input = { conversationId: id, text: "Once", ...key };
    for (const change of [
      { text: "Twice" },
      { visibility: "INTERNAL" },
      { metadata: { a: 1 } },
      { sender: "CUSTOMER" },
    ])
      expect(await refusalOfSending(ours, { ...input, ...change })).toEqual(reused);
    expect(await refusalOfSending(await ours.newActor(), input)).toEqual(reused);
    expect(await rows()).toEqual(before);
  });

  test("is one per conversation", async () => {
    const { id, ...ours } = await newChat();
    const { conversation } = await run(ours, "createSubConversation", { parentId: id });
    await sendTo(ours, id, { text: "Here", ...key });
    expect((await sendTo(ours, conversation.id, { text: "There", ...key })).outcome).toBe("SENT");
  });
});

describe("refuses", () => {
  const bad = (reason: string, field: string) => ({ code: "BAD_USER_INPUT", reason, field: `input.${field}` });
  const long = "x".repeat(10_001);
  const text = "x";
  const languages = Array.from({ length: 11 }, (_, i) => ({ language: `en-x-${i}`, text }));
  const url = "https://example.com/a";

  test.each<[string, object, object]>([
    ["no content", {}, { ...bad("REQUIRED", ""), field: "input" }],
    ["no attachment for content", { attachments: [] }, { ...bad("REQUIRED", ""), field: "input" }],
    ["an empty text", { text: "" }, bad("TOO_SHORT", "text")],
    ["blanks", { text: " \n\t\u00a0\u2003" }, bad("TOO_SHORT", "text")],
    ["a long text", { text: long }, bad("TOO_LONG", "text")],
    ["what cannot be stored", { text: "a\0b" }, bad("INVALID_TEXT", "text")],
    ["text and content", { text, content: [{ language: "en", text }] }, bad("CONTRADICTION", "content")],
    ["no language", { content: [] }, bad("TOO_SHORT", "content")],
    ["too many languages", { content: languages }, bad("TOO_LONG", "content")],
    [
      "a language twice",
      {
        content: [
          { language: "EN", text },
          { language: "en", text },
        ],
      },
      bad("CONTRADICTION", "content.1.language"),
    ],
    [
      "what is no language",
      { content: [{ language: "english please", text }] },
      bad("INVALID_LANGUAGE", "content.0.language"),
    ],
    ["an empty translation", { content: [{ language: "en", text: "" }] }, bad("TOO_SHORT", "content.0.text")],
    [
      "more than 64 KiB",
      { content: [..."abcdefg"].map((x) => ({ language: `en-x-${x}`, text: "é".repeat(5000) })) },
      bad("TOO_LONG", "content"),
    ],
    ["an http attachment", { attachments: [{ url: "http://example.com" }] }, bad("INVALID_URL", "attachments.0.url")],
    ["11 attachments", { attachments: Array.from({ length: 11 }, () => ({ url })) }, bad("TOO_LONG", "attachments")],
    [
      "a wrong media type",
      { attachments: [{ url, mediaType: "png" }] },
      bad("INVALID_VALUE", "attachments.0.mediaType"),
    ],
    ["a negative size", { attachments: [{ url, byteSize: -1 }] }, bad("OUT_OF_RANGE", "attachments.0.byteSize")],
    ["large metadata", { text, metadata: { a: "x".repeat(16_384) } }, bad("METADATA_TOO_LARGE", "metadata")],
    ["a customer beside WORKSPACE", { text, customer: { externalId: "visitor" } }, bad("CONTRADICTION", "sender")],
    [
      "an INTERNAL message of a customer",
      { text, sender: "CUSTOMER", visibility: "INTERNAL" },
      bad("CONTRADICTION", "visibility"),
    ],
    ["a nameless customer", { text, sender: "CUSTOMER", customer: { name: "Jane" } }, bad("REQUIRED", "customer")],
    [
      "two channels",
      { text, channelId: unknownId("Channel"), channelIdentifier: "a.example.com" },
      bad("CONTRADICTION", "channelIdentifier"),
    ],
    ["a long key", { text, idempotencyKey: "x".repeat(256) }, bad("TOO_LONG", "idempotencyKey")],
    ["an id of another type", { text, parentId: unknownId("Customer") }, bad("INVALID_ID", "parentId")],
  ])("%s", async (_, input, refusal) => {
    const { id, ...ours } = await newChat();
    expect(await refusalOfSending(ours, { conversationId: id, ...input })).toEqual(refusal);
    expect((await listed(ours, id)).totalCount).toBe(0);
  });

  test.each([
    ["conversationId", "CONVERSATION"],
    ["customerId", "CUSTOMER"],
    ["parentId", "MESSAGE"],
    ["channelId", "CHANNEL"],
  ] as const)("an unknown %s", async (field, reason) => {
    const { id, ...ours } = await newChat();
    const type = `${reason.charAt(0)}${reason.slice(1).toLowerCase()}` as "Conversation";
    const sender = field === "customerId" ? "CUSTOMER" : "WORKSPACE";
    const refused = await refusalOfSending(ours, { conversationId: id, text: "x", sender, [field]: unknownId(type) });
    expect(refused).toMatchObject({ code: "NOT_FOUND", reason, field: expect.stringContaining(`input.${field}`) });
  });

  test("a reply to a message of another conversation", async () => {
    const { id, ...ours } = await newChat();
    const { conversation } = await run(ours, "createSubConversation", { parentId: id });
    const { message } = await sendTo(ours, conversation.id, { text: "there" });
    expect(await refusalOfSending(ours, { conversationId: id, text: "here", parentId: message.id })).toEqual({
      ...{ code: "NOT_FOUND", reason: "MESSAGE", field: "input.parentId" },
    });
  });

  test("CUSTOMER in a conversation that is with none", async () => {
    const ours = await newFamily();
    const { conversation } = await run(ours, "getOrCreateConversation", {
      type: "GROUP",
      memberIds: [idOf("Member", ours.member)],
    });
    const input = { conversationId: conversation.id, text: "x", sender: "CUSTOMER" };
    expect(await refusalOfSending(ours, input)).toEqual(bad("REQUIRED", "customer"));
  });
});

test.skipIf(onCitus)("a message of a participant is one statement, and of a known customer two", async () => {
  const { id, ...ours } = await newChat();
  const { recordStatements } = await testDatabase();
  const document = `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { outcome message { id number text } } }`;
  const count = async (input: object) => {
    const statements = await recordStatements(() =>
      ours.ask(document, { input: { conversationId: id, text: "x", ...input } }),
    );
    return statements.length;
  };
  expect(await count({})).toBe(1);
  expect(await count({ sender: "CUSTOMER", idempotencyKey: "a" })).toBe(1);
  const { message } = await sendTo(ours, id, { text: "x" });
  expect(await count({ parentId: message.id, channelIdentifier: "example.com" })).toBe(1);
  expect(await count({ sender: "CUSTOMER", customer: { externalId: "visitor" } })).toBe(2);
});
