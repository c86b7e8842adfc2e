import { isObjectType, parse } from "graphql";
import { beforeAll, describe, expect, test } from "vitest";
import { executeCompiled } from "../../src/compile/execute-compiled.ts";
import { failing } from "../../src/database/failing.ts";
import { schema } from "../../src/schema/index.ts";
import { testDatabase } from "../support/database.ts";
import { newWorkspace, withPermissions } from "../support/workspace.ts";

const conversation = `{ id name metadata counts { participants } viewerCanDelete owner { name }
  participants(first: 5) { totalCount edges { cursor node { id actor { __typename ... on Node { id } } } } } channels { identifier } }`;
const message = "{ id text author { __typename ... on Node { id } } conversation { id name } }";

/** Input of each mutation, given a conversation, and what is selected of its payload. */
const mutations: Record<string, { input(id: string): object; payload: string }> = {
  getOrCreateConversation: {
    input: () => ({ customer: { externalId: "c1", name: "Jané 'x' \"y\"" }, channelIdentifier: "a.example.com" }),
    payload: `outcome matchedBy again: conversation ${conversation} conversation ${conversation}`,
  },
  createSubConversation: {
    input: (parentId) => ({ parentId, name: "Order\n1", metadata: { n: 1.5 } }),
    payload: `__typename conversation ${conversation}`,
  },
  updateConversation: {
    input: (id) => ({ id, name: null, metadata: { a: 1 } }),
    payload: `conversation ${conversation}`,
  },
  sendMessage: {
    input: (conversationId) => ({ conversationId, text: "Hello" }),
    payload: `outcome message ${message}`,
  },
};

let workspace: Awaited<ReturnType<typeof newWorkspace>>;
let id: string;
beforeAll(async () => {
  workspace = await newWorkspace();
  const created = await workspace.ask(
    `mutation { getOrCreateConversation(input: { customer: { externalId: "top" } }) { conversation { id } } }`,
  );
  id = created.getOrCreateConversation.conversation.id;
});

const documentOf = (name: string, payload: string) =>
  parse(
    `mutation ($input: ${name[0]?.toUpperCase()}${name.slice(1)}Input!) { done: ${name}(input: $input) { ${payload} } }`,
  );

async function run(name: string, payload: string, { ctx } = workspace) {
  const variableValues = { input: mutations[name]?.input(id) };
  const { compiled, result } = await executeCompiled({
    ...{ schema, document: documentOf(name, payload), variableValues, contextValue: ctx },
  });
  const text = compiled ? (result as { stringify?(from: object): string }).stringify?.(result) : JSON.stringify(result);
  return { compiled, answer: JSON.parse(text as string) };
}

describe.each(Object.keys(mutations))("%s", (name) => {
  const { payload } = mutations[name] as { payload: string };

  test("answers what is selected of its payload by one statement, as the resolvers read it", async () => {
    const { compiled, answer } = await run(name, payload);
    expect(compiled).toBe(true);
    const { __typename, outcome, matchedBy, again, ...records } = answer.data.done;
    expect(again ?? records.conversation).toEqual(records.conversation);
    for (const [field, record] of Object.entries<{ id: string }>(records)) {
      const type = field === "message" ? "Message" : "Conversation";
      const selection = field === "message" ? message : conversation;
      const { node } = await workspace.ask(`{ node(id: "${record.id}") { ... on ${type} ${selection} } }`);
      expect(JSON.stringify(record)).toBe(JSON.stringify(node));
    }
  });

  test("reads a selection of the record alone by the statement that finds or writes it", async () => {
    const record = name === "sendMessage" ? "message" : "conversation";
    const { countStatements } = await testDatabase();
    const statements = await countStatements(async () => {
      const { compiled, answer } = await run(name, `${record} { id metadata createdAt }`);
      expect(compiled).toBe(true);
      const { node } = await workspace.ask(
        `{ node(id: "${answer.data.done[record].id}") { ... on ${name === "sendMessage" ? "Message" : "Conversation"} { id metadata createdAt } } }`,
      );
      expect(answer.data.done[record]).toEqual(node);
    });
    // The second one asks for the node.
    expect(statements).toBe(2);
  });
});

test("every mutation runs by the compiler", () => {
  const type = schema.getMutationType();
  const fields = isObjectType(type) ? Object.values(type.getFields()) : [];
  expect(fields.filter(({ extensions }) => !extensions.operation).map(({ name }) => name)).toEqual([]);
});

test("a field of a payload that a key may not read is refused, and the write is done once", async () => {
  const engaging = withPermissions(workspace, "engage");
  const counted = async () =>
    (await workspace.ask(`{ conversation(id: "${id}") { counts { children } } }`)).conversation.counts.children;
  const before = await counted();
  const { compiled, answer } = await run("createSubConversation", "conversation { id children { totalCount } }", {
    ...workspace,
    ctx: engaging.ctx,
  });
  expect(compiled).toBe(false);
  expect(answer.data.done.conversation).toMatchObject({ children: null });
  expect(answer.errors).toHaveLength(1);
  expect(await counted()).toBe(before + 1);
});

test("an operation that throws is answered with its error, and no other is tried", async () => {
  const document = documentOf("updateConversation", `conversation ${conversation}`);
  const variableValues = { input: { id: "conversation_0190e0a4-5c7e-7c3a-9d2b-6b1f0e3a9c11", name: "x" } };
  const { countStatements } = await testDatabase();
  const statements = await countStatements(async () => {
    const { compiled, result } = await executeCompiled({
      schema,
      document,
      variableValues,
      contextValue: workspace.ctx,
    });
    expect(compiled).toBe(false);
    expect(result.errors).toMatchObject([{ path: ["done"], originalError: { code: "NOT_FOUND" } }]);
  });
  expect(statements).toBe(1);
});

test("a client that fails rejects every query, as the database would", async () => {
  const error = new Error("Connection terminated");
  const db = failing(error);
  await expect(db.$queryRaw`SELECT 1`).rejects.toBe(error);
  await expect(db.channel.findFirst({ where: {} })).rejects.toBe(error);
  await expect(db.$transaction(async () => {})).rejects.toBe(error);
});
