import { beforeAll, describe, expect, test } from "vitest";
import { startGateway } from "../support/gateway.ts";

// Small requests that once kept the process busy for seconds or filled its memory, or were called its own fault.

let gateway: Awaited<ReturnType<typeof startGateway>>;
beforeAll(async () => {
  gateway = await startGateway();
});

const repeat = (count: number, text: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => text(i)).join(" ");

const list = "query ($x: Int) { conversations(first: $x) { totalCount } }";
const found: [name: string, body: object, expected: object][] = [
  [
    "a wrong variable whose key looks like the place of a mistake",
    { query: list, variables: { x: { [` at "${"a".repeat(200_000)}`]: 1 } } },
    { reason: "INVALID_VARIABLES" },
  ],
  [
    "a variable with tens of thousands of mistakes, in a document of many lines",
    {
      query: `query ($x: [ID!]!) { nodes(ids: $x) { id } }${"\n".repeat(4_000)}`,
      variables: { x: Array(40_000).fill(null) },
    },
    { reason: "INVALID_VARIABLES", field: "x.0" },
  ],
  [
    "a document that is mostly lines",
    { query: `{ ${"\n".repeat(100_000)} ${repeat(100, (i) => `unknown${i}`)} }` },
    { reason: "INVALID_SYNTAX" },
  ],
  [
    "a long variable a thousand times in one literal",
    {
      query: `query ($b: String) { conversations(first: 0, filter: { metadata: { a: [${"$b ".repeat(2_000)}] } }) { totalCount } }`,
      variables: { b: "b".repeat(200_000) },
    },
    { reason: "METADATA_TOO_LARGE" },
  ],
  [
    "an international hostname as long as a request",
    {
      query: "query ($c: String) { conversations(filter: { channelIdentifier: $c }) { totalCount } }",
      variables: { c: String.fromCodePoint(...Array.from({ length: 20_000 }, (_, i) => 0x4e00 + i)) },
    },
    { reason: "INVALID_HOSTNAME" },
  ],
  [
    "fragments of hundreds of fields, spread at every level",
    {
      query: `{ conversation(id: "x") { ...T0 } }
        fragment I on Conversation { ${"id ".repeat(400)} }
        ${repeat(8, (i) => `fragment T${i} on Conversation { ...I parent { ...T${i + 1} } ancestors { ...T${i + 1} } lastMessage { conversation { ...T${i + 1} } } children { nodes { ...T${i + 1} } } }`)}
        fragment T8 on Conversation { id }`,
    },
    { reason: "INVALID_DOCUMENT" },
  ],
  [
    "a time that the database cannot tell",
    { query: '{ conversations(filter: { createdAt: { from: "0000-01-01T00:00:00Z" } }) { totalCount } }' },
    { reason: "OUT_OF_RANGE" },
  ],
];

describe("is refused as the client's mistake:", () => {
  test.each(found)("%s", { timeout: 10_000 }, async (_, body, expected) => {
    const { errors } = (await gateway.post(body)).body;
    expect(errors[0].extensions).toMatchObject({ code: "BAD_USER_INPUT", ...expected });
    expect(gateway.logged).toEqual([]);
  });
});

describe("an answer is not much longer than its request:", () => {
  test("messages repeat the start of what was sent only", async () => {
    const name = `n${"a".repeat(50_000)}`;
    const { text, error } = await gateway.post({
      query: `query ($${name}: [Int!]) { __typename }`,
      variables: { [name]: ["x"] },
    });
    expect(error.reason).toMatch(/^INVALID_/);
    expect(text.length).toBeLessThan(5_000);
  });

  test("an error names some of its places only", async () => {
    const same = repeat(60, () => 'messages(after: " ") { totalCount }');
    const { conversation } = (
      await gateway.post({
        query: 'mutation { getOrCreateConversation(input: { customer: { externalId: "x" } }) { conversation { id } } }',
      })
    ).body.data.getOrCreateConversation;
    const { body } = await gateway.post({ query: `{ conversation(id: "${conversation.id}") { ${same} } }` });
    expect(body.errors[0].extensions.reason).toBe("INVALID_CURSOR");
    expect(body.errors[0].locations).toHaveLength(5);
  });
});
