import { parse } from "graphql";
import { expect, test } from "vitest";
import { executeCompiled } from "../../src/compile/execute-compiled.ts";
import { encodeGlobalId } from "../../src/global-id.ts";
import { schema } from "../../src/schema/index.ts";
import { testDatabase } from "../support/database.ts";
import { newWorkspace } from "../support/workspace.ts";

const hostile = 'x\'); DROP TABLE "Message"; --$1\\ " E\'';

test("a client's input is never text of a compiled statement, except the names of fields in the answer", async () => {
  const { recordQueries } = await testDatabase();
  const { ctx, workspace } = await newWorkspace();
  const document =
    parse(`query ($text: String!, $json: JSONObject!, $id: ID!, $cursor: String, $representations: [_Any!]!) {
    answered: customer(externalId: $text) { id }
    customers(filter: { externalId: $text, metadata: $json }) { nodes { id } }
    conversations(filter: { name: $text, metadata: $json }, after: $cursor) { nodes { id } }
    conversation(id: $id) { __typename name children(first: 1) { totalCount } }
    _entities(representations: $representations) { __typename }
  }`);
  const variableValues = {
    text: hostile,
    json: { [hostile]: hostile },
    id: encodeGlobalId("Conversation", workspace.id),
    representations: [{ __typename: "Customer", externalId: hostile }],
  };
  const queries = await recordQueries(async () => {
    const args = { schema, document, variableValues, contextValue: ctx };
    expect((await executeCompiled(args)).compiled).toBe(true);
  });
  const [statement] = queries.filter(({ text }) => text.includes('"answered"'));
  expect(statement?.text).not.toMatch(/DROP|x'\)/);
  expect(statement?.text).not.toContain(workspace.id);
  expect(JSON.stringify(statement?.values)).toContain("DROP");
});
