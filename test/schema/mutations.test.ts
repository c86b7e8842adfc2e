import { expect, test } from "vitest";
import { newFamily, unknownId } from "../conversations/operations.ts";

test("of two mutations in one document the refused one is null with its error, and the other keeps its payload", async () => {
  const family = await newFamily();
  const rename = (key: string, id: string) =>
    `${key}: updateConversation(input: { id: "${id}", name: "${key}" }) { conversation { id name } }`;
  const { id } = family.parent;
  for (const [first, second] of [
    ["done", "refused"],
    ["refused", "done"],
  ] as const) {
    const idOf = (key: string) => (key === "done" ? id : unknownId("Conversation"));
    const document = `mutation { ${rename(first, idOf(first))} ${rename(second, idOf(second))} }`;
    const { data, errors } = await family.query(document);
    expect(data).toEqual({ done: { conversation: { id, name: "done" } }, refused: null });
    expect(errors).toMatchObject([{ path: ["refused"], extensions: { code: "NOT_FOUND", reason: "CONVERSATION" } }]);
  }
});
