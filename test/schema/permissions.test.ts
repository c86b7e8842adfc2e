import { getNamedType, isObjectType, isUnionType } from "graphql";
import { beforeAll, describe, expect, test } from "vitest";
import { type Permission, permissions } from "../../src/caller.ts";
import { grantedPermissions } from "../../src/keys/key-format.ts";
import { schema } from "../../src/schema/index.ts";
import { idOf, newChain, newFamily as newEmptyFamily } from "../conversations/operations.ts";
import { testDatabase } from "../support/database.ts";
import { withPermissions } from "../support/workspace.ts";

/** The id of a message of the conversation with this id. */
const messageOf = new Map<string, string>();
/** The id of its customer. */
const customerOf = new Map<string, string>();
/** The id of its key's member. */
const memberOf = new Map<string, string>();

async function newFamily() {
  const family = await newEmptyFamily();
  const { id } = family.parent;
  const conversationId = id.slice("conversation_".length);
  const { workspaceId, integrationId } = family.caller;
  const data = { workspaceId, conversationId, integrationId, text: "Hello" };
  customerOf.set(id, family.parent.customer as string);
  memberOf.set(id, idOf("Member", family.member));
  messageOf.set(id, idOf("Message", await family.ctx.db.message.create({ data })));
  return family;
}

const all = Object.keys(permissions) as Permission[];

/** Every root field that needs a permission, with it, asked for what is there. A new field has to be listed. */
const rootFields: Record<string, [needs: Permission, document: (id: string) => string]> = {
  node: ["read", (id) => `{ node(id: "${id}") { id } }`],
  nodes: ["read", (id) => `{ nodes(ids: ["${id}"]) { id } }`],
  conversation: ["read", (id) => `{ conversation(id: "${id}") { id } }`],
  conversations: ["read", () => "{ conversations { nodes { id } } }"],
  listSubConversations: ["read", (id) => `{ listSubConversations(parentId: "${id}") { nodes { id } } }`],
  message: ["read", (id) => `{ message(id: "${messageOf.get(id)}") { id } }`],
  customer: ["read", () => `{ customer(externalId: "visitor") { id } }`],
  customers: ["read", () => "{ customers { nodes { id } } }"],
  members: ["read", () => "{ members { nodes { id } } }"],
  channels: ["read", () => "{ channels { nodes { id } } }"],
  integrations: ["read", () => "{ integrations { nodes { id } } }"],
  eventCursor: ["read", () => "{ eventCursor }"],
  events: ["read", () => "{ events { nodes { number } } }"],
  "subscription events": ["read", () => "subscription { events { cursor nodes { number } } }"],
  _entities: [
    "read",
    (id) => `{ _entities(representations: [{ __typename: "Conversation", id: "${id}" }]) { __typename } }`,
  ],
  _service: ["read", () => "{ _service { sdl } }"],
  getOrCreateConversation: [
    "engage",
    () =>
      `mutation { getOrCreateConversation(input: { customer: { externalId: "visitor" } }) { conversation { id } } }`,
  ],
  createSubConversation: [
    "engage",
    (id) => `mutation { createSubConversation(input: { parentId: "${id}" }) { conversation { id } } }`,
  ],
  updateConversation: [
    "engage",
    (id) => `mutation { updateConversation(input: { id: "${id}", name: "x" }) { conversation { id } } }`,
  ],
  updateCustomer: [
    "engage",
    (id) => `mutation { updateCustomer(input: { id: "${customerOf.get(id)}", name: "x" }) { customer { id } } }`,
  ],
  sendMessage: [
    "engage",
    (id) => `mutation { sendMessage(input: { conversationId: "${id}", text: "x" }) { message { id } } }`,
  ],
  updateMessage: [
    "engage",
    (id) => `mutation { updateMessage(input: { id: "${messageOf.get(id)}", text: "x" }) { message { id } } }`,
  ],
  deleteMessage: [
    "delete",
    (id) => `mutation { deleteMessage(input: { id: "${messageOf.get(id)}" }) { message { id } } }`,
  ],
  markRead: ["engage", (id) => `mutation { markRead(input: { conversationId: "${id}" }) { participant { id } } }`],
  addParticipants: [
    "engage",
    (id) =>
      `mutation { addParticipants(input: { conversationId: "${id}", memberIds: ["${memberOf.get(id)}"] }) { added { id } } }`,
  ],
  removeParticipant: [
    "engage",
    (id) =>
      `mutation { removeParticipant(input: { conversationId: "${id}", memberId: "${memberOf.get(id)}" }) { removed } }`,
  ],
  deleteConversation: ["delete", (id) => `mutation { deleteConversation(input: { id: "${id}" }) { deletedId } }`],
};

const missing = (permission: Permission) => ({
  ...{ code: "FORBIDDEN", reason: "MISSING_PERMISSION", permission: permissions[permission] },
});

test("every root field is listed here", () => {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const fields = roots.flatMap((root) =>
    Object.keys(root?.getFields() ?? {}).map((field) =>
      root?.name === "Subscription" ? `subscription ${field}` : field,
    ),
  );
  expect(fields.sort()).toEqual([...Object.keys(rootFields), "viewer"].sort());
});

test("viewer answers every valid key, with any permissions", async () => {
  const ours = await newFamily();
  for (const granted of [[], ["read"], ["engage", "delete"]] as Permission[][]) {
    const document = "{ viewer { permissions member { name } integration { name } workspace { slug } } }";
    const { viewer } = await withPermissions(ours, ...granted).ask(document);
    expect(viewer).toEqual({
      permissions: granted.map((permission) => permission.toUpperCase()),
      ...{ member: { name: ours.member.name }, integration: { name: ours.integration.name } },
      workspace: { slug: ours.workspace.slug },
    });
  }
});

describe.each(Object.entries(rootFields))("%s", (name, [needs, document]) => {
  const field = name.replace(/^subscription /, "");
  test(`is FORBIDDEN to a key without permissions, and to one with all but ${needs}, before anything is read`, async () => {
    const { parent, ...ours } = await newFamily();
    const { countStatements } = await testDatabase();
    const others = all.filter((permission) => permission !== needs);
    for (const granted of [[], others]) {
      const statements = await countStatements(async () => {
        const { data, errors } = await withPermissions(ours, ...granted).query(document(parent.id));
        expect(data?.[field] ?? null).toBeNull();
        expect(errors).toMatchObject([{ path: [field], extensions: missing(needs) }]);
        expect(errors?.[0]?.extensions).toEqual(missing(needs));
      });
      expect(statements).toBe(0);
    }
  });

  test(`is allowed to a key with ${needs} alone`, async () => {
    const { parent, ...ours } = await newFamily();
    const data = await withPermissions(ours, needs).ask(document(parent.id));
    expect(data[field]).not.toBeNull();
  });
});

describe("a mutation's payload", () => {
  const readFields = ["children", "parent", "ancestors", "descendants", "messages", "events", "lastMessage"];
  const selections: Record<string, string> = {
    descendants: "{ nodes { id } }",
    parent: "{ id }",
    ancestors: "{ id }",
    children: "{ nodes { id } }",
    messages: "{ nodes { id } }",
    events: "{ nodes { id } }",
    lastMessage: "{ id }",
  };
  const rename = (selection: string) =>
    `mutation ($id: ID!) { updateConversation(input: { id: $id, name: "Renamed" }) { conversation { ${selection} } } }`;

  let family: Awaited<ReturnType<typeof newFamily>>;
  let childId: string;
  beforeAll(async () => {
    family = await newFamily();
    [childId = ""] = await newChain(family, 1, family.parent.id);
    const { workspaceId } = family.caller;
    const conversationId = childId.slice("conversation_".length);
    await family.ctx.db.message.create({ data: { workspaceId, conversationId, text: "Hello" } });
  });

  test("shows its own scalars, people, channels and counts to a key that may engage", async () => {
    const { updateConversation } = await withPermissions(family, "engage").ask(
      rename(`id type name metadata depth createdAt updatedAt lastActivityAt viewerCanDelete
        counts { children messages participants } channels { identifier } customer { name } owner { name }
        participants { totalCount nodes { joinedAt actor { __typename ... on Member { name } } } }`),
      { id: family.parent.id },
    );
    expect(updateConversation.conversation).toMatchObject({
      ...{ name: "Renamed", depth: 0, counts: { children: 1 }, channels: [{ identifier: "example.com" }] },
      participants: { totalCount: 2 },
    });
  });

  test.each(readFields)(
    "hides %s from callers who may not read; the write is done and the rest answered",
    async (field) => {
      for (const id of [family.parent.id, childId]) {
        const actor = withPermissions(family, "engage", "delete");
        const { data, errors } = await actor.query(rename(`name alias: ${field} ${selections[field]}`), { id });
        expect(data.updateConversation.conversation).toEqual({ name: "Renamed", alias: null });
        expect(errors).toMatchObject([{ path: ["updateConversation", "conversation", "alias"] }]);
        expect(errors?.[0]?.extensions).toEqual(missing("read"));
      }
    },
  );

  test.each(readFields)("shows %s to a key that may also read", async (field) => {
    const actor = withPermissions(family, "engage", "read");
    const { updateConversation } = await actor.ask(rename(`${field} ${selections[field]}`), { id: childId });
    expect(updateConversation.conversation).toHaveProperty(field);
  });

  test("hides the other conversations of a customer, a member and a channel from callers who may not read", async () => {
    const conversations = "conversations { nodes { id } }";
    const selection = `customer { conversation { id } ${conversations} } channels { ${conversations} }
      participants(first: 1) { nodes { actor { ... on Member { ${conversations} } } } }`;
    const actor = withPermissions(family, "engage", "delete");
    const { data, errors } = await actor.query(rename(selection), { id: family.parent.id });
    expect(data.updateConversation.conversation).toEqual({
      ...{ customer: { conversation: null, conversations: null }, channels: [{ conversations: null }] },
      participants: { nodes: [{ actor: { conversations: null } }] },
    });
    expect(errors?.map(({ extensions }) => extensions)).toEqual(Array(4).fill(missing("read")));
  });

  test("leads to no other conversation and no message but through those fields", () => {
    const reached = new Set(["Conversation"]);
    for (const name of reached) {
      const type = schema.getType(name);
      if (isUnionType(type)) for (const member of type.getTypes()) reached.add(member.name);
      if (!isObjectType(type)) continue;
      const fields = Object.values(type.getFields()).filter(
        (field) => !(name === "Conversation" ? readFields : ["conversation", "conversations"]).includes(field.name),
      );
      for (const field of fields) {
        const { name: next } = getNamedType(field.type);
        expect(`${name}.${field.name}: ${next}`).not.toMatch(
          /: (Conversation(Connection|Edge)?|Message\w*|Node|_\w+)$/,
        );
        reached.add(next);
      }
    }
    expect([...reached]).toEqual(expect.arrayContaining(["Customer", "Member", "Channel", "Integration"]));
  });
});

test("fullAccess grants the three, each permission itself, and what is not a permission nothing", () => {
  expect([...grantedPermissions(["fullAccess"])]).toEqual(all);
  for (const permission of all) expect([...grantedPermissions([permissions[permission]])]).toEqual([permission]);
  expect([...grantedPermissions([])]).toEqual([]);
  expect([...grantedPermissions(["read", "connect360:conversation:*", "FULLACCESS"])]).toEqual([]);
});
