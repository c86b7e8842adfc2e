import { beforeAll, describe, expect, test } from "vitest";
import { startGateway } from "../support/gateway.ts";

let gateway: Awaited<ReturnType<typeof startGateway>>;
beforeAll(async () => {
  gateway = await startGateway();
});

const conversation = "conversation { metadata customer { metadata } }";
const mutation = `mutation ($input: GetOrCreateConversationInput!) { result: getOrCreateConversation(input: $input) { ${conversation} } }`;

/** Sends metadata as this text: in the variables, and where names are no strings in the document. */
const ways: Record<string, (metadata: string) => Promise<Awaited<ReturnType<typeof gateway.post>>>> = {
  "in a variable": (metadata) =>
    gateway.post(
      `{"query": ${JSON.stringify(mutation)}, "variables": {"input": {"type": "GROUP", "memberIds": ["${memberId()}"], "metadata": ${metadata}}}}`,
    ),
  "in the document": (metadata) =>
    gateway.post({
      query: `mutation { result: getOrCreateConversation(input: { type: GROUP, memberIds: ["${memberId()}"], metadata: ${metadata.replaceAll(/"(\w+)":/g, "$1:")} }) { ${conversation} } }`,
    }),
};
const memberId = () => `member_${gateway.member.id}`;

describe.each(Object.entries(ways))("a number %s", (_, send) => {
  test.each(["1e-400", "1e400", "9007199254740990.4", "-9007199254740990.4", "9007199254740993", "[1, [1e-400]]"])(
    "%s would be stored as another one, and is refused",
    async (number) => {
      const { error } = await send(`{"a": {"b": ${number}}}`);
      expect(error).toEqual({ code: "BAD_USER_INPUT", reason: "INVALID_METADATA", field: "input.metadata" });
    },
  );

  test.each(["1e-300", "1.50", "0.1000000000000000055511151231257827", "1E3", "-0.5", "9007199254740991", '"1e-400"'])(
    "%s is stored",
    async (number) => {
      const { body } = await send(`{"a": ${number}}`);
      expect(body.data?.result.conversation.metadata).toEqual({ a: JSON.parse(number) });
    },
  );

  test("counts with the bytes it is sent with", async () => {
    const numbers = (count: number) => `{"a": [${Array(count).fill("1e-300").join(",")}]}`;
    expect((await send(numbers(60))).body.data?.result.conversation.metadata.a).toHaveLength(60);
    // {"a":[…]} are 8 bytes, and a number with its comma 7.
    expect((await send(numbers(2_339))).body.errors).toBeUndefined();
    expect((await send(numbers(2_340))).error).toMatchObject({ reason: "METADATA_TOO_LARGE", field: "input.metadata" });
  });
});

test("a value in a literal that is no JSON is named in the error", async () => {
  const query = `mutation { getOrCreateConversation(input: { customer: { externalId: "x" }, metadata: { list: [{ priority: HIGH }] } }) { outcome } }`;
  const { body, error } = await gateway.post({ query });
  expect(body.errors[0].message).toContain("HIGH");
  expect(error).toMatchObject({ code: "BAD_USER_INPUT", reason: "INVALID_DOCUMENT" });
});
