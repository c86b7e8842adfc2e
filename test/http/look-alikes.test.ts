// biome-ignore-all lint/suspicious/noThenProperty: they are what this file is about.
import { beforeAll, expect, test } from "vitest";
import { startGateway } from "../support/gateway.ts";

// Data that a program could take for something of its own: a promise, an error, an iterator, the name of a type.

const lookAlikes: object[] = [
  { if: "vip", then: "escalate" },
  { then: { then: true } },
  { then: 0, catch: 1, finally: [1] },
  { rules: [{ if: { then: "a" }, then: ["b"] }] },
  { __typename: "Member", id: "member_1" },
  { toJSON: "no", toString: "no", valueOf: 1, constructor: { prototype: 1 }, hasOwnProperty: false },
  {
    data: 1,
    errors: [{ message: "no", path: [1] }],
    extensions: { code: "NOT_FOUND" },
    stack: "at",
    message: "m",
    name: "Error",
  },
  { next: 1, done: true, return: 2, "Symbol(Symbol.asyncIterator)": 3, "@@asyncIterator": 4, length: 2, "0": "a" },
  { stringify: "no", kind: "IntValue", value: "1", $ref: "#", $$typeof: "x" },
];

const fields = "id metadata customer { id metadata }";
const create = `mutation ($input: GetOrCreateConversationInput!) { result: getOrCreateConversation(input: $input) { conversation { ${fields} } } }`;
const createSub = `mutation ($input: CreateSubConversationInput!) { result: createSubConversation(input: $input) { conversation { ${fields} } } }`;
const update = `mutation ($input: UpdateConversationInput!) { result: updateConversation(input: $input) { conversation { ${fields} } } }`;
const reads = `query ($id: ID!, $customer: ID!, $references: [_Any!]!, $then: JSONObject) {
  conversation(id: $id) { ${fields} children { nodes { ${fields} parent { metadata } ancestors { metadata } } } }
  conversations { nodes { ${fields} } }
  found: conversations(filter: { metadata: $then }) { nodes { ${fields} } }
  customer(id: $customer) { metadata conversations: id }
  customers { nodes { metadata } }
  node(id: $id) { ... on Conversation { metadata } }
  nodes(ids: [$id, $customer]) { ... on Conversation { metadata } ... on Customer { metadata } }
  _entities(representations: $references) { ... on Conversation { metadata } ... on Customer { metadata } }
}`;

let gateway: Awaited<ReturnType<typeof startGateway>>;
let uncompiled: typeof gateway;
beforeAll(async () => {
  gateway = await startGateway();
  uncompiled = await startGateway({ compiler: false });
});

async function ask(query: string, variables: object) {
  const { body } = await gateway.post({ query, variables });
  expect(body.errors).toBeUndefined();
  return body.data;
}

test.each(lookAlikes)("metadata %j is stored and answered as it is, wherever it stands", async (metadata) => {
  const customer = { externalId: JSON.stringify(metadata).slice(0, 255), metadata };
  const made = (await ask(create, { input: { customer, metadata } })).result.conversation;
  expect(made).toMatchObject({ metadata, customer: { metadata } });
  const {
    id,
    customer: { id: customerId },
  } = made;
  const child = (await ask(createSub, { input: { parentId: id, customer, metadata } })).result.conversation;
  expect(child).toMatchObject({ metadata, customer: { metadata } });
  expect((await ask(update, { input: { id: child.id, metadata } })).result.conversation.metadata).toEqual(metadata);
  const references = [
    { __typename: "Conversation", id },
    { __typename: "Customer", id: customerId, then: "x" },
  ];
  // A directive keeps the compiler away: both ways of answering have to hold.
  for (const query of [reads, reads.replace("found:", "unread: __typename @include(if: false) found:")]) {
    const data = await ask(query, { id, customer: customerId, references, then: metadata });
    expect(data.conversation).toMatchObject({
      metadata,
      children: { nodes: [{ metadata, parent: { metadata }, ancestors: [{ metadata }] }] },
    });
    expect(data.found.nodes.map((node: { id: string }) => node.id)).toContain(id);
    expect(data).toMatchObject({
      customer: { metadata },
      node: { metadata },
      nodes: [{ metadata }, { metadata }],
      _entities: [{ metadata }, { metadata }],
    });
  }
  const all = await ask("{ conversations { nodes { metadata } } customers { nodes { metadata } } }", {});
  expect(all.conversations.nodes).toContainEqual({ metadata });
  expect(all.customers.nodes).toContainEqual({ metadata });
});

test.each(lookAlikes)("metadata %j is answered as it is without the compiler, too", async (metadata) => {
  const input = { customer: { externalId: JSON.stringify(metadata).slice(0, 255), metadata }, metadata };
  const made = await uncompiled.post({ query: create, variables: { input } });
  expect(made.body).toMatchObject({ data: { result: { conversation: { metadata, customer: { metadata } } } } });
  const then = await uncompiled.post({ query: "{ then: conversations { nodes { then: metadata } } }" });
  expect(then.body.data.then.nodes).toContainEqual({ then: metadata });
});

test("fields may be answered under the name then, and variables be named so", async () => {
  const query = `query ($then: Int = 1) { then: viewer { then: permissions catch: workspace { then: slug } }
    finally: conversations(first: $then) { then: nodes { then: id } then2: totalCount @skip(if: false) } }`;
  const data = await ask(query, { then: 2 });
  expect(data.then).toMatchObject({ then: ["READ", "ENGAGE", "DELETE"], catch: { then: gateway.workspace.slug } });
  expect(
    (
      await ask(
        `mutation ($then: GetOrCreateConversationInput!) { then: getOrCreateConversation(input: $then) { then: conversation { then: metadata } } }`,
        {
          then: { customer: { externalId: "then" }, metadata: { then: 1 } },
        },
      )
    ).then.then.then,
  ).toEqual({ then: 1 });
});

test("members of the request named then are refused as any unknown ones, or are extensions", async () => {
  const query = "{ viewer { permissions } }";
  expect((await gateway.post({ query, then: "x" })).error).toMatchObject({ code: "BAD_USER_INPUT" });
  expect((await gateway.post({ query, extensions: { then: "x" } })).body.data.viewer.permissions).toHaveLength(3);
});
