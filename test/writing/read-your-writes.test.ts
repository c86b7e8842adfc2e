import { expect, test } from "vitest";
import { newWorkspace } from "../support/workspace.ts";

test("each operation of a request shows what those before it did", async () => {
  const { ask } = await newWorkspace();
  const { getOrCreateConversation } = await ask(
    `mutation { getOrCreateConversation(input: {customer: {externalId: "jane", name: "Jane"}}) { conversation { id } } }`,
  );
  const parentId = getOrCreateConversation.conversation.id;
  const parent = `parent { name counts { children } children { totalCount nodes { name } } customer { name } }`;
  const answer = await ask(
    `mutation ($parentId: ID!) {
      first: createSubConversation(input: {parentId: $parentId, name: "A"}) { conversation { ${parent} } }
      renamed: updateConversation(input: {id: $parentId, name: "Renamed"}) { conversation { name } }
      profile: getOrCreateConversation(input: {customer: {externalId: "jane", name: "Jane Roe"}}) { outcome }
      second: createSubConversation(input: {parentId: $parentId, name: "B"}) { conversation { ${parent} } }
    }`,
    { parentId },
  );
  expect(answer.first.conversation.parent).toEqual({
    name: null,
    counts: { children: 1 },
    children: { totalCount: 1, nodes: [{ name: "A" }] },
    customer: { name: "Jane" },
  });
  expect(answer.second.conversation.parent).toEqual({
    name: "Renamed",
    counts: { children: 2 },
    children: { totalCount: 2, nodes: [{ name: "B" }, { name: "A" }] },
    customer: { name: "Jane Roe" },
  });
});
