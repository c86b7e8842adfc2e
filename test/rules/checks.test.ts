import { beforeAll, expect, test } from "vitest";
import { testDatabase } from "../support/database.ts";
import { newWorkspace } from "../support/workspace.ts";

// Every CHECK of the database is a last resort: the rule in front of it refuses first, in the words of the contract.

type Input = Record<string, unknown>;

const mutations = {
  getOrCreateConversation: "GetOrCreateConversationInput",
  createSubConversation: "CreateSubConversationInput",
  updateConversation: "UpdateConversationInput",
  sendMessage: "SendMessageInput",
};

/** Values that a CHECK would refuse, as inputs of a customer or of a conversation, and the reason of the rule in front. */
const refused: Record<string, { customer?: Input[]; conversation?: Input[]; message?: Input[]; reason: RegExp }> = {
  Conversation_name_length: {
    conversation: [{ name: "" }, { name: "a".repeat(201) }, { name: "😀".repeat(201) }, { name: " \u200b\u3164" }],
    reason: /^TOO_(SHORT|LONG)$/,
  },
  Conversation_metadata_object: { conversation: [{ metadata: [] }, { metadata: "a" }], reason: /^INVALID_/ },
  Conversation_metadata_size: {
    conversation: [{ metadata: { a: "x".repeat(16_377) } }, { metadata: { a: "é".repeat(8_189) } }],
    reason: /^METADATA_TOO_LARGE$/,
  },
  Customer_metadata_object: { customer: [{ metadata: [] }, { metadata: 1 }], reason: /^INVALID_/ },
  Customer_metadata_size: { customer: [{ metadata: { a: "x".repeat(16_377) } }], reason: /^METADATA_TOO_LARGE$/ },
  Message_metadata_object: { message: [{ metadata: [] }, { metadata: 1 }], reason: /^INVALID_/ },
  Message_metadata_size: { message: [{ metadata: { a: "x".repeat(16_377) } }], reason: /^METADATA_TOO_LARGE$/ },
  Message_attachments_array: { message: [{ attachments: [null] }, { attachments: "a" }], reason: /^INVALID_/ },
  Message_translations_of_text: { message: [{ content: [] }, { text: "" }], reason: /^TOO_SHORT$/ },
  Customer_externalId_length: {
    customer: [{ externalId: "" }, { externalId: "x".repeat(256) }, { externalId: "😀".repeat(256) }],
    reason: /^TOO_(SHORT|LONG)$/,
  },
  Customer_phone_e164: {
    customer: ["+49 30 9018209018209", "+4930901820901820", "+1", "+0123456789", "+49 30 901820 ext. 5"].map(
      (phone) => ({ phone }),
    ),
    reason: /^INVALID_PHONE$/,
  },
};

/** These are about values that no input holds: the program or the database makes them. */
const withoutInput = [
  /_shown$/,
  "Conversation_counters",
  "Conversation_memberSet_scope",
  "Conversation_top_of_tree",
  "Participant_one_actor",
  "Message_one_author",
  "Message_number_positive",
  "Message_redacted",
  "ApiKey_hash_is_sha256",
  "ApiKey_permissions_known",
];

let workspace: Awaited<ReturnType<typeof newWorkspace>>;
let id: string;
beforeAll(async () => {
  workspace = await newWorkspace();
  const created = await workspace.ask(
    `mutation { getOrCreateConversation(input: { customer: { externalId: "first" } }) { conversation { id } } }`,
  );
  id = created.getOrCreateConversation.conversation.id;
});

function inputsOf({ customer = [], conversation = [], message = [] }: Record<string, Input[]>) {
  const key = { externalId: "known" };
  return {
    getOrCreateConversation: [
      ...customer.map((given) => ({ customer: { ...key, ...given } })),
      ...conversation.map((given) => ({ customer: key, ...given })),
    ],
    createSubConversation: [
      ...customer.map((given) => ({ parentId: id, customer: { ...key, ...given } })),
      ...conversation.map((given) => ({ parentId: id, ...given })),
    ],
    updateConversation: conversation.map((given) => ({ id, ...given })),
    sendMessage: message.map((given) => ({
      conversationId: id,
      ...(given.content ? {} : { text: "Hello" }),
      ...given,
    })),
  };
}

test("every CHECK has its rule here, or needs none", async () => {
  const { pool } = await testDatabase();
  const { rows } = await pool.query<{ name: string }>(
    "SELECT conname AS name FROM pg_constraint WHERE contype = 'c' AND connamespace = current_schema()::regnamespace",
  );
  const unknown = rows
    .map(({ name }) => name)
    .filter((name) => !refused[name] && !withoutInput.some((one) => name.match(one)));
  expect(unknown).toEqual([]);
  expect(rows.length).toBeGreaterThan(15);
});

test.each(Object.entries(refused))("the rule in front of %s refuses first", async (_, { reason, ...given }) => {
  const inputs = inputsOf(given);
  for (const [name, type] of Object.entries(mutations)) {
    for (const input of inputs[name as keyof typeof inputs]) {
      const { errors } = await workspace.query(
        `mutation ($input: ${type}!) { ${name}(input: $input) { __typename } }`,
        { input },
      );
      expect({ input, code: errors?.[0]?.extensions.code }).toEqual({ input, code: "BAD_USER_INPUT" });
      // graphql itself refuses what is no object.
      expect(String(errors?.[0]?.extensions.reason)).toMatch(reason);
    }
  }
});

test("the filters refuse and find by the same rules", async () => {
  for (const phone of refused.Customer_phone_e164?.customer ?? []) {
    const { errors } = await workspace.query(
      "query ($filter: CustomerFilter) { customers(filter: $filter) { nodes { id } } }",
      { filter: phone },
    );
    expect(errors?.[0]?.extensions).toMatchObject({ reason: "INVALID_PHONE", field: "filter.phone" });
  }
});

test("metadata that grows beyond its size by a merge is refused as such", async () => {
  const update =
    "mutation ($input: UpdateConversationInput!) { updateConversation(input: $input) { conversation { id } } }";
  await workspace.ask(update, { input: { id, metadata: { a: "x".repeat(10_000), numbers: Array(50).fill(1e-300) } } });
  const { errors } = await workspace.query(update, { input: { id, metadata: { b: "x".repeat(10_000) } } });
  expect(errors?.[0]?.extensions).toMatchObject({ reason: "METADATA_TOO_LARGE", field: "input.metadata" });
});
