import { beforeAll, describe, expect, test } from "vitest";
import { encodeGlobalId, nodeTypes } from "../../src/global-id.ts";
import { anonymous } from "./answers.ts";
import { contentsOf } from "./contents.ts";
import { call, typesOf, unknownId } from "./requests.ts";
import { named, positions } from "./walk.ts";
import { newWorld, type World } from "./world.ts";

let us: World;
let them: World;
let contents: unknown;
beforeAll(async () => {
  [us, them] = [await newWorld(), await newWorld()];
  contents = await contentsOf(us, them);
});

test("the schema takes ids in the places that the walk finds", () => {
  expect(positions.map(({ name }) => name).sort()).toMatchInlineSnapshot(`
    [
      "_entities(representations)",
      "addParticipants(input.conversationId)",
      "addParticipants(input.customerIds)",
      "addParticipants(input.memberIds)",
      "conversation(id)",
      "conversations(filter.channelId)",
      "conversations(filter.customerId)",
      "conversations(filter.ids)",
      "conversations(filter.memberId)",
      "conversations(filter.not.channelId)",
      "conversations(filter.not.customerId)",
      "conversations(filter.not.ids)",
      "conversations(filter.not.memberId)",
      "conversations(filter.not.ownerId)",
      "conversations(filter.or.channelId)",
      "conversations(filter.or.customerId)",
      "conversations(filter.or.ids)",
      "conversations(filter.or.memberId)",
      "conversations(filter.or.ownerId)",
      "conversations(filter.ownerId)",
      "conversations(filter.parentId)",
      "createSubConversation(input.channelIds)",
      "createSubConversation(input.customer.id)",
      "createSubConversation(input.customerId)",
      "createSubConversation(input.memberIds)",
      "createSubConversation(input.parentId)",
      "customer(id)",
      "customers(filter.ids)",
      "deleteConversation(input.id)",
      "deleteMessage(input.id)",
      "events(filter.conversationId)",
      "getOrCreateConversation(input.channelIds)",
      "getOrCreateConversation(input.customer.id)",
      "getOrCreateConversation(input.customerId)",
      "getOrCreateConversation(input.memberIds)",
      "listSubConversations(parentId)",
      "markRead(input.conversationId)",
      "markRead(input.customerId)",
      "markRead(input.upTo)",
      "message(id)",
      "node(id)",
      "nodes(ids)",
      "removeParticipant(input.conversationId)",
      "removeParticipant(input.customerId)",
      "removeParticipant(input.memberId)",
      "sendMessage(input.channelId)",
      "sendMessage(input.conversationId)",
      "sendMessage(input.customer.id)",
      "sendMessage(input.customerId)",
      "sendMessage(input.parentId)",
      "subscription events(filter.conversationId)",
      "updateConversation(input.id)",
      "updateConversation(input.parentId)",
      "updateCustomer(input.id)",
      "updateMessage(input.id)",
    ]
  `);
});

describe.each(named(positions))("%s", (_, position) => {
  test("takes the id of a record of its own workspace, which makes a difference", async () => {
    const types = await typesOf(position, us);
    expect(types).not.toEqual([]);
    for (const type of types) {
      const world = position.operation === "query" ? us : await newWorld();
      const unknown = await call(position, world, unknownId(type));
      const answer = await call(position, world, world.idOf(type));
      expect(answer.errors, type).toBeUndefined();
      expect(anonymous(answer)).not.toBe(anonymous(unknown));
    }
  });

  test("takes an id of another workspace exactly as one that does not exist, and touches nothing", async () => {
    for (const type of await typesOf(position, us)) {
      const unknown = await call(position, us, unknownId(type));
      const foreign = await call(position, us, them.idOf(type));
      expect(anonymous(foreign), type).toBe(anonymous(unknown));
    }
    expect(await contentsOf(us, them)).toEqual(contents);
  });

  test("refuses the id of another type and what is no id as INVALID_ID, naming itself", async () => {
    const taken = await typesOf(position, us);
    const [type = "Conversation"] = taken;
    const uuid = us.records[type].id;
    const good = us.idOf(type);
    const malformed = [
      uuid,
      `${good} `,
      ` ${good}`,
      good.toUpperCase(),
      `${good}\n`,
      good.slice(0, -1),
      encodeGlobalId(type, ""),
      encodeGlobalId(type, "1"),
      good.replace("_", ":"),
    ];
    const others = nodeTypes.filter((other) => !taken.includes(other)).map((other) => us.idOf(other));
    for (const id of [...malformed, ...others]) {
      const { errors } = await call(position, us, id);
      expect(errors, id).toHaveLength(1);
      expect(errors?.[0]?.extensions, id).toMatchObject({ code: "BAD_USER_INPUT" });
      if (position.path === "representations") continue;
      expect(errors?.[0]?.extensions, id).toMatchObject({ reason: "INVALID_ID" });
      // Without the numbers of items in lists.
      expect(String(errors?.[0]?.extensions.field).replace(/\.0(?=\.|$)/g, ""), id).toBe(position.path);
    }
  });
});

test.each(named(positions.filter(({ operation }) => operation === "query")))(
  "%s tells nothing of what another workspace asks at the same time, or has asked before",
  async (_, position) => {
    for (const type of await typesOf(position, us)) {
      const unknown = anonymous(await call(position, us, unknownId(type)));
      const id = them.idOf(type);
      const [theirs, ours] = await Promise.all([call(position, them, id), call(position, us, id)]);
      expect(anonymous(theirs), type).not.toBe(unknown);
      expect([anonymous(ours), anonymous(await call(position, us, id))], type).toEqual([unknown, unknown]);
    }
  },
);
