import { expect, test } from "vitest";
import { testDatabase } from "../support/database.ts";
import { newWorkspace } from "../support/workspace.ts";

const open = `mutation ($input: GetOrCreateConversationInput!) {
  getOrCreateConversation(input: $input) { conversation { id participants { nodes { actor {
    __typename id displayName ... on Customer { name } ... on Member { memberName: name } } } } } }
}`;
const read = `query ($id: ID!) { conversation(id: $id) {
  participants { nodes { actor { __typename id displayName ... on Node { id } ... on Actor { shown: displayName } } } }
  messages { nodes { author { displayName ... on Customer { externalId } } } }
} }`;

test("one selection shows every actor, whether the compiler or the resolvers answer", async () => {
  const { db } = await testDatabase();
  const workspace = await newWorkspace();
  const { conversation } = (await workspace.ask(open, { input: { customer: { externalId: "visitor", name: "Jane" } } }))
    .getOrCreateConversation;
  const shown = [
    { __typename: "Member", displayName: workspace.member.name },
    { __typename: "Customer", displayName: "Jane" },
  ];
  expect(conversation.participants.nodes.map(({ actor }: { actor: object }) => actor)).toMatchObject(shown);
  const ids = conversation.participants.nodes.map(({ actor }: { actor: { id: string } }) => actor.id);
  const conversationId = conversation.id.split("_")[1];
  const authorCustomerId = ids[1].split("_")[1];
  await db.message.create({
    data: { workspaceId: workspace.caller.workspaceId, conversationId, authorCustomerId, text: "Hello" },
  });
  const answer = (await workspace.ask(read, { id: conversation.id })).conversation;
  expect(answer.participants.nodes).toMatchObject(
    shown.map((actor, n) => ({ actor: { ...actor, id: ids[n], shown: actor.displayName } })),
  );
  expect(answer.messages.nodes).toEqual([{ author: { displayName: "Jane", externalId: "visitor" } }]);
});

test.each([
  [{ name: "Jane", email: "jane@example.com", phone: "+4930901820", externalId: "x" }, "Jane"],
  [{ email: "jane@example.com", phone: "+4930901820", externalId: "x" }, "jane@example.com"],
  [{ phone: "+4930901820", externalId: "x" }, "+4930901820"],
  [{ externalId: "x" }, "x"],
  [{}, "Customer"],
])("the customer %j is shown as %s", async (profile, displayName) => {
  const workspace = await newWorkspace();
  const { id } = await workspace.newCustomer(profile);
  const query =
    "query ($id: ID!) { customer(id: $id) { displayName } nodes(ids: [$id]) { ... on Actor { displayName } } }";
  expect(await workspace.ask(query, { id: `customer_${id}` })).toEqual({
    customer: { displayName },
    nodes: [{ displayName }],
  });
});

test("fields of one name and of types that differ are still told apart by an alias", async () => {
  const { query } = await newWorkspace();
  const { errors } = await query(
    "{ conversations { nodes { participants { nodes { actor { displayName ... on Customer { externalId } ... on Member { createdAt } } } } } } }",
  );
  expect(errors).toBeUndefined();
});
