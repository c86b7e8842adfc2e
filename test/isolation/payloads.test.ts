import { type GraphQLObjectType, getNamedType, isObjectType, isUnionType } from "graphql";
import { describe, expect, test } from "vitest";
import { encodeGlobalId } from "../../src/global-id.ts";
import { schema } from "../../src/schema/index.ts";
import { testDatabase } from "../support/database.ts";
import { withPermissions } from "../support/workspace.ts";
import { selection } from "./selection.ts";
import { newWorld } from "./world.ts";

// A key that may engage but not read sees of a mutation's payload the conversation's own circle, and nothing behind it.

const conversation = schema.getType("Conversation") as GraphQLObjectType;
const guarded = {
  children: "(first: 5) { nodes { id } }",
  parent: "{ id }",
  ancestors: "{ id }",
  descendants: "{ nodes { id } }",
  messages: "(last: 5) { nodes { text } }",
  lastMessage: "{ text }",
  events: "{ nodes { number } }",
};
/** The ways from the circle to further conversations, and what looks at all of a tree. */
const beyond = [
  ...["Customer.conversation", "Customer.conversations", "Member.conversations", "Channel.conversations"],
  "Conversation.viewerCanDeleteTree",
];
const without = [...Object.keys(guarded).map((name) => `Conversation.${name}`), ...beyond];

type World = Awaited<ReturnType<typeof newWorld>>;
const mutations: Record<string, (world: World) => object> = {
  getOrCreateConversation: ({ idOf }) => ({ customerId: idOf("Customer") }),
  createSubConversation: ({ idOf }) => ({ parentId: idOf("Conversation"), customerId: idOf("Customer") }),
  updateConversation: ({ idOf }) => ({ id: idOf("Conversation"), metadata: { seen: true } }),
  addParticipants: ({ idOf }) => ({ conversationId: idOf("Conversation"), memberIds: [idOf("Member")] }),
  removeParticipant: async ({ idOf, newMember }) => ({
    conversationId: idOf("Conversation"),
    memberId: encodeGlobalId("Member", (await newMember()).id),
  }),
};

async function send(name: string, fields: string, fragments = "") {
  const world = await newWorld();
  const input = await mutations[name]?.(world);
  const document = `mutation ($input: ${name.charAt(0).toUpperCase()}${name.slice(1)}Input!) {
    payload: ${name}(input: $input) { conversation { id ${fields} } } } ${fragments}`;
  return withPermissions(world, "engage").query(document, { input });
}

test("every way from a payload to conversations and messages is one of the guarded fields", () => {
  const found = new Set<string>();
  const visited = new Set<string>();
  const visit = (name: string) => {
    const type = schema.getType(name);
    if (visited.has(name)) return;
    visited.add(name);
    if (isUnionType(type)) for (const one of type.getTypes()) visit(one.name);
    if (!isObjectType(type)) return;
    for (const field of Object.values(type.getFields())) {
      const below = getNamedType(field.type).name;
      if (/^(Conversation|Message|Event)(Connection|Edge)?$|^Node$/.test(below)) found.add(`${name}.${field.name}`);
      else visit(below);
    }
  };
  const payloads = Object.values(schema.getMutationType()?.getFields() ?? {}).map(
    ({ type }) => getNamedType(type).name,
  );
  for (const payload of payloads) visit(payload);
  visit("Conversation");
  visit("Message");
  const guardedToo = [
    ...["Message.parent", "Message.replies", "UpdateConversationPayload.previousParent"],
    "DeleteConversationPayload.parent",
  ];
  const own = /Payload\.(conversation|message)$|^Message\.conversation$/;
  expect([...found].filter((field) => !own.test(field)).sort()).toEqual(
    [...without, ...guardedToo].filter((field) => !field.endsWith(".viewerCanDeleteTree")).sort(),
  );
  const withConversation = payloads.filter((payload) => found.has(`${payload}.conversation`));
  expect(withConversation.sort()).toEqual(
    Object.keys(mutations)
      .map((name) => `${name.charAt(0).toUpperCase()}${name.slice(1)}Payload`)
      .sort(),
  );
});

describe.each(Object.keys(mutations))("the payload of %s, with engage and without read", (name) => {
  test("gives everything else of the conversation: scalars, customer, owner, participants, channels, counts", async () => {
    const own = selection(conversation, 4, without).replace(/^\{|\}$/g, "");
    const { data, errors } = await send(name, own);
    expect(errors).toBeUndefined();
    expect(data.payload.conversation).toMatchObject({
      Conversation_depth: name === "createSubConversation" ? 1 : 0,
      Conversation_customer: { Customer_id: expect.stringMatching(/^customer_/) },
      Conversation_counts: { ConversationCounts_participants: 2 },
      Conversation_channels: [{ Channel_kind: "WEBSITE" }],
      Conversation_participants: { ParticipantConnection_totalCount: 2 },
    });
    expect(data.payload.conversation.Conversation_participants.ParticipantConnection_nodes).toHaveLength(2);
  });

  test.each([
    ...["conversation { id }", "conversations { nodes { id } }"].map((way) => `customer { ${way} }`),
    ...["channels { conversations { nodes { id } } }", "owner { member { conversations { nodes { id } } } }"],
    "viewerCanDeleteTree",
  ])("refuses { %s } and gives the rest", async (fields) => {
    const { data, errors } = await send(name, `counts { children } ${fields}`);
    expect(errors).toMatchObject([{ extensions: { code: "FORBIDDEN", reason: "MISSING_PERMISSION" } }]);
    expect(data.payload.conversation.counts).toEqual({ children: expect.any(Number) });
  });

  test.each(Object.entries(guarded))(
    "refuses %s, plain, aliased and in fragments, and gives the rest",
    async (field, below) => {
      const forms: [string, string, string?][] = [
        [field, `${field} ${below}`],
        ["hidden", `hidden: ${field} ${below}`],
        [field, `... on Conversation { ... on Node { ... on Conversation { ${field} ${below} } } }`],
        [
          "hidden",
          "...Outer",
          `fragment Outer on Conversation { ...Inner } fragment Inner on Conversation { hidden: ${field} ${below} }`,
        ],
        ["hidden", `... @include(if: true) { hidden: ${field} ${below} }`],
      ];
      for (const [key, fields, fragments] of forms) {
        const { data, errors } = await send(name, `counts { children } ${fields}`, fragments);
        expect(errors, fields).toHaveLength(1);
        expect(errors?.[0]).toMatchObject({
          path: ["payload", "conversation", key],
          extensions: { code: "FORBIDDEN", reason: "MISSING_PERMISSION", permission: "connect360:conversation:read" },
        });
        const { id, counts, ...rest } = data.payload.conversation;
        expect({ id, counts, rest }).toEqual({
          id: expect.stringMatching(/^conversation_/),
          counts: { children: expect.any(Number) },
          rest: { [key]: null },
        });
      }
    },
  );
});

test("a refused field costs nothing: only the mutation's own statement is sent", async () => {
  const world = await newWorld();
  const { recordStatements } = await testDatabase();
  const fields = Object.entries(guarded).map(([field, below]) => `${field} ${below}`);
  const document = `mutation ($input: UpdateConversationInput!) {
    updateConversation(input: $input) { conversation { ${fields.join(" ")} } } }`;
  const statements = await recordStatements(async () => {
    const input = { id: world.idOf("Conversation"), name: "Renamed" };
    const { errors } = await withPermissions(world, "engage", "delete").query(document, { input });
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(fields.map(() => "FORBIDDEN"));
  });
  expect(statements).toHaveLength(1);
});

test("the former parent of a moved conversation is refused without read, and the conversation is moved", async () => {
  const world = await newWorld();
  const asked =
    "mutation ($input: UpdateConversationInput!) { payload: updateConversation(input: $input) { previousParent { id } conversation { id } } }";
  const child = await world.ask(
    "mutation ($input: CreateSubConversationInput!) { made: createSubConversation(input: $input) { conversation { id } } }",
    { input: { parentId: world.idOf("Conversation") } },
  );
  const { id } = child.made.conversation;
  const { data, errors } = await withPermissions(world, "engage").query(asked, { input: { id, parentId: null } });
  expect(errors).toMatchObject([{ path: ["payload", "previousParent"], extensions: { code: "FORBIDDEN" } }]);
  expect(data.payload).toEqual({ previousParent: null, conversation: { id } });
});

describe("a message in a payload, with engage and without read", () => {
  const document = (fields: string) => `mutation ($input: SendMessageInput!) {
    sendMessage(input: $input) { message { id ${fields} } } }`;

  async function sendWith(fields: string) {
    const world = await newWorld();
    const input = { conversationId: world.spare, parentId: world.idOf("Message"), text: "Hello" };
    return withPermissions(world, "engage").query(document(fields), { input });
  }

  test("gives all that was sent, and the conversation's own circle", async () => {
    const own = selection(schema.getType("Message") as GraphQLObjectType, 4, [
      ...without,
      "Message.parent",
      "Message.replies",
      "Message.revisions",
    ]).replace(/^\{|\}$/g, "");
    const { data, errors } = await sendWith(own);
    expect(errors).toBeUndefined();
    expect(data.sendMessage.message).toMatchObject({
      Message_text: "Hello",
      Message_conversation: { Conversation_counts: { ConversationCounts_participants: 2 } },
    });
  });

  test.each([
    ["parent", "parent { text }"],
    ["replies", "replies { nodes { text } }"],
    ["revisions", "revisions { revision }"],
    ["messages", "conversation { messages { nodes { text } } }"],
    ["lastMessage", "conversation { lastMessage { text } }"],
  ])("refuses %s and gives the rest", async (field, fields) => {
    const { data, errors } = await sendWith(fields);
    expect(errors).toMatchObject([{ path: expect.arrayContaining([field]), extensions: { code: "FORBIDDEN" } }]);
    expect(data.sendMessage.message.id).toMatch(/^message_/);
  });
});
