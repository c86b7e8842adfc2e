import { isObjectType, isRequiredArgument } from "graphql";
import { beforeAll, expect, test } from "vitest";
import { encodeGlobalId, nodeTypes } from "../../src/global-id.ts";
import { schema } from "../../src/schema/index.ts";
import { selection } from "./selection.ts";
import { newWorld, type World } from "./world.ts";

// INTERNAL messages show only where they are asked for: every field, list and count of every root answers without them as with them.

/** These tell of INTERNAL messages by their names and descriptions. */
const tells = ["ConversationCounts.internalMessages", "Conversation.lastMessageNumber"];

let world: World;
beforeAll(async () => {
  world = await newWorld();
});

// The cursor of the log's end is a number of events, the hidden ones included.
const roots = Object.values(schema.getQueryType()?.getFields() ?? {}).filter(({ name }) => name !== "eventCursor");

/** The root field with every argument that it requires, for each record that it may be about. */
function documentsOf(field: (typeof roots)[number]): string[] {
  const below = selection(field.type, 4, tells);
  const needed = field.args.filter(isRequiredArgument).map(({ name }) => name);
  const ids = nodeTypes.map((type) => world.idOf(type));
  const given: Record<string, string[]> = {
    id: ids.map((id) => `id: "${id}"`),
    ids: [`ids: ${JSON.stringify(ids)}`],
    parentId: [`parentId: "${world.idOf("Conversation")}"`],
    representations: ["Conversation", "Customer", "Member", "Channel", "Message"].map(
      (type) => `representations: [{ __typename: "${type}", id: "${world.idOf(type as "Message")}" }]`,
    ),
  };
  const [name] = needed;
  if (field.name === "customer") return [`{ customer(id: "${world.idOf("Customer")}") ${below} }`];
  if (name === undefined) return [`{ ${field.name} ${below} }`];
  expect(given, `Say what ${field.name} takes as ${name}.`).toHaveProperty(name);
  return (given[name] as string[]).map((argument) => `{ ${field.name}(${argument}) ${below} }`);
}

async function answers(): Promise<Map<string, unknown>> {
  const all = new Map<string, unknown>();
  for (const field of roots) {
    for (const document of documentsOf(field)) {
      const { data, errors } = await world.query(document);
      // Otherwise two failures would be compared.
      expect(errors?.map(({ extensions }) => extensions.code) ?? [], document).not.toContain("SERVICE_UNAVAILABLE");
      all.set(document, withoutReadingOfMembers({ data, reasons: errors?.map(({ extensions }) => extensions.reason) }));
    }
  }
  return all;
}

/** The read mark of a member and the unread count are for the workspace alone. */
function withoutReadingOfMembers(answer: unknown): unknown {
  return JSON.parse(
    JSON.stringify(answer, (_, value) => {
      if (value?.__typename !== "Participant") return value;
      const { Participant_unreadCount, Participant_lastReadNumber, ...others } = value;
      return others.Participant_actor?.__typename === "Customer" ? value : others;
    }),
  );
}

test("the walk reaches every type that leads to messages", () => {
  const reached = roots.flatMap(documentsOf).join(" ");
  const leading = Object.values(schema.getTypeMap()).filter(isObjectType);
  const fields = leading.flatMap((type) =>
    Object.values(type.getFields())
      .filter((field) => /^Message(Connection)?!?$/.test(String(field.type)) && !/Payload$/.test(type.name))
      .map((field) => `${type.name}_${field.name}`),
  );
  expect(fields.length).toBeGreaterThan(4);
  for (const field of fields) if (!field.startsWith("Query_")) expect(reached).toContain(`${field}:`);
});

test("a message more that is INTERNAL changes no answer but of what asks for it", async () => {
  const send = (input: object) =>
    world.ask("mutation ($input: SendMessageInput!) { sendMessage(input: $input) { message { id } } }", { input });
  const conversations = [world.idOf("Conversation"), world.spare, encodeGlobalId("Conversation", world.child.id)];
  // A member who answers takes part from now on.
  for (const conversationId of conversations) await send({ conversationId, text: "public" });
  const before = await answers();
  for (const conversationId of conversations) {
    for (const _ of [1, 2]) await send({ conversationId, text: "A secret of ours", visibility: "INTERNAL" });
  }
  await send({
    conversationId: world.spare,
    text: "A secret",
    visibility: "INTERNAL",
    parentId: world.idOf("Message"),
  });
  const after = await answers();
  expect(after.size).toBeGreaterThan(20);
  for (const [document, answer] of before) expect(after.get(document), document).toEqual(answer);
  expect(JSON.stringify([...after.values()])).not.toContain("secret");
  const asked = await world.ask(
    `query ($id: ID!) { conversation(id: $id) { counts { internalMessages } messages(filter: { visibility: [INTERNAL] }) { nodes { text } } } }`,
    { id: world.spare },
  );
  expect(JSON.stringify(asked)).toContain("secret");
});
