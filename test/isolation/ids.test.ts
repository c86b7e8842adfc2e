import { getNamedType, isInputObjectType, isObjectType } from "graphql";
import { beforeAll, describe, expect, test } from "vitest";
import { encodeGlobalId, type NodeType, nodeTypes } from "../../src/global-id.ts";
import { schema } from "../../src/schema/index.ts";
import { testDatabase } from "../support/database.ts";
import { anonymous, type Position, positions, unknownId } from "./walk.ts";
import { newWorld } from "./world.ts";

type World = Awaited<ReturnType<typeof newWorld>>;
let them: World;
beforeAll(async () => {
  them = await newWorld();
});

const call = ({ document, variables }: Position, world: World, id: string) =>
  world.query(document, variables(id, world.spare));

/** The types whose ids the position takes. */
async function typesOf(position: Position, world: World): Promise<NodeType[]> {
  const taken: NodeType[] = [];
  for (const type of nodeTypes) {
    const { errors } = await call(position, world, unknownId(type));
    if (!errors?.some(({ extensions }) => extensions.code === "BAD_USER_INPUT")) taken.push(type);
  }
  return taken;
}

/** All that a workspace holds, row by row. */
async function contentsOf({ workspace }: World) {
  const { pool } = await testDatabase();
  const tables = [
    "Member",
    "Integration",
    "Customer",
    "Channel",
    "Conversation",
    "Participant",
    "ConversationChannel",
    "Message",
  ];
  const rows = tables.map(async (table) => {
    const sql = `SELECT '${table}', t.xmin, t.* FROM "${table}" t WHERE "workspaceId" = $1 ORDER BY t::text`;
    return (await pool.query(sql, [workspace.id])).rows;
  });
  return Promise.all(rows);
}

test("the schema takes ids in the places that the walk finds", () => {
  expect(positions.map(({ name }) => name).sort()).toMatchInlineSnapshot(`
    [
      "_entities(representations)",
      "conversation(id)",
      "conversations(filter.channelId)",
      "conversations(filter.customerId)",
      "conversations(filter.memberId)",
      "conversations(filter.ownerId)",
      "conversations(filter.parentId)",
      "createSubConversation(input.channelIds)",
      "createSubConversation(input.customer.id)",
      "createSubConversation(input.customerId)",
      "createSubConversation(input.memberIds)",
      "createSubConversation(input.parentId)",
      "customer(id)",
      "deleteConversation(input.id)",
      "getOrCreateConversation(input.channelIds)",
      "getOrCreateConversation(input.customer.id)",
      "getOrCreateConversation(input.customerId)",
      "getOrCreateConversation(input.memberIds)",
      "listSubConversations(parentId)",
      "node(id)",
      "nodes(ids)",
      "updateConversation(input.id)",
      "updateConversation(input.parentId)",
    ]
  `);
});

test("no field below the root takes an id, so the root's places are all", () => {
  const roots = [schema.getQueryType(), schema.getMutationType()];
  const below = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter((type) => !roots.includes(type) && !type.name.startsWith("__"));
  const args = below.flatMap((type) => Object.values(type.getFields()).flatMap((field) => field.args));
  expect(args.filter(({ type }) => getNamedType(type).name === "ID" || isInputObjectType(getNamedType(type)))).toEqual(
    [],
  );
});

describe.each(positions)("$name", (position) => {
  test("takes the id of a record of its own workspace, which makes a difference", async () => {
    const types = await typesOf(position, await newWorld());
    expect(types).not.toEqual([]);
    for (const type of types) {
      const us = await newWorld();
      const unknown = await call(position, us, unknownId(type));
      const answer = await call(position, us, us.idOf(type));
      expect(answer.errors, type).toBeUndefined();
      expect(anonymous(answer)).not.toBe(anonymous(unknown));
    }
  });

  test("takes an id of another workspace exactly as one that does not exist, and touches nothing there", async () => {
    const us = await newWorld();
    const before = await contentsOf(them);
    for (const type of await typesOf(position, us)) {
      const unknown = await call(position, us, unknownId(type));
      const foreign = await call(position, us, them.idOf(type));
      expect(anonymous(foreign), type).toBe(anonymous(unknown));
    }
    expect(await contentsOf(them)).toEqual(before);
  });

  test("refuses the id of another type and what is no id as INVALID_ID, naming itself", async () => {
    const us = await newWorld();
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
      expect([position.path, `${position.path}.0`, "id"], id).toContain(errors?.[0]?.extensions.field);
    }
  });
});
