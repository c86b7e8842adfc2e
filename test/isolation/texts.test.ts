import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { anonymous, revealed, secretsIn } from "./answers.ts";
import { contentsOf, textsOf } from "./contents.ts";
import { call } from "./requests.ts";
import { textPositions } from "./texts.ts";
import { named, type Position } from "./walk.ts";
import { deleteWorld, newWorld, profileOf, type World } from "./world.ts";

// Texts that name a record instead of its id: every text input of the schema is tried with every text of another workspace.

test("a workspace has texts in all these places", async () => {
  expect(Object.keys(await textsOf(await newWorld())).sort()).toMatchInlineSnapshot(`
    [
      "ApiKey.name",
      "Channel.identifier",
      "Conversation.metadata",
      "Conversation.name",
      "Customer.email",
      "Customer.emailKey",
      "Customer.externalId",
      "Customer.image",
      "Customer.metadata",
      "Customer.name",
      "Customer.phone",
      "IdempotencyKey.key",
      "Integration.name",
      "Member.name",
      "Message.idempotencyKey",
      "Message.language",
      "Message.metadata",
      "Message.text",
      "MessageRevision.text",
      "Workspace.name",
      "Workspace.slug",
    ]
  `);
});

describe.each([
  ["with names of our own", () => randomUUID()],
  ["with the same names", (tag: string) => tag],
])("%s", (_, ourTag) => {
  let us: World;
  /** Goes through the same as we do, with the texts of somebody who is gone. */
  let twin: World;
  let them: World[];
  /** Each of their texts, and the one in its place of who is gone. */
  let texts: Map<string, string>;
  let contents: unknown;
  beforeAll(async () => {
    const [elder, gone] = [await newWorld(), await newWorld()];
    [us, twin] = [await newWorld(ourTag(elder.tag)), await newWorld(ourTag(gone.tag))];
    them = [elder, await newWorld(elder.tag)];
    const [theirs, nobodys] = [await textsOf(elder), await textsOf(gone)];
    texts = new Map(Object.entries(theirs).map(([place, text]) => [text, nobodys[place] as string]));
    await deleteWorld(gone);
    contents = await contentsOf(...them);
  });

  test.each(named(textPositions))(
    "%s answers to their texts as to nobody's, and touches nothing there",
    async (_, position) => {
      const secrets = secretsIn(contents);
      let taken = 0;
      for (const [theirs, nobodys] of texts) {
        for (const besides of waysOf(position)) {
          const answer = await call(position, us, theirs, besides);
          expect(anonymous(answer), theirs).toBe(anonymous(await call(position, twin, nobodys, besides)));
          expect(revealed(answer, secrets, [...texts.keys()]), theirs).toEqual([]);
          if (!answer.errors?.some(({ extensions }) => extensions.code === "BAD_USER_INPUT")) taken++;
        }
      }
      expect(taken, "texts taken").toBeGreaterThan(0);
      expect(await contentsOf(...them)).toEqual(contents);
    },
  );
});

/** The fields of a customer that find one by themselves, and those that only describe one that is named by another field. */
function waysOf({ path, wanted, alone }: Position): object[] {
  return path.startsWith("input.customer.") ? [alone, wanted] : [wanted];
}

test.each(["getOrCreateConversation", "createSubConversation"])(
  "%s makes of their customer's whole profile a customer of our own, and theirs stays found",
  async (name) => {
    const [them, us] = [await newWorld(), await newWorld()];
    const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input!`;
    const document = `mutation ($input: ${type}) { made: ${name}(input: $input) {
      conversation { id customer { id externalId name email phone image } channels { id identifier } } } }`;
    const inputOf = (world: World) => ({
      ...(name === "createSubConversation" && { parentId: world.idOf("Conversation") }),
      customer: profileOf(them.tag),
      channelIdentifier: `${them.tag}.example.com`,
    });
    const before = await contentsOf(them);
    const { made } = await us.ask(document, { input: inputOf(us) });
    const { id, ...profile } = made.conversation.customer;
    expect(profile).toEqual(profileOf(them.tag));
    expect(made.conversation.channels).toHaveLength(1);
    expect(revealed(made, secretsIn(before), profile)).toEqual([]);
    expect(await contentsOf(them)).toEqual(before);
    const theirs = await them.ask(document, { input: inputOf(them) });
    expect(theirs.made.conversation.customer).toEqual({ ...profile, id: them.idOf("Customer") });
    expect(theirs.made.conversation.channels[0].id).toBe(them.idOf("Channel"));
    expect(id).not.toBe(them.idOf("Customer"));
  },
);
