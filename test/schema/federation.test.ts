import { buildSchema } from "graphql";
import { beforeAll, describe, expect, test } from "vitest";
import { encodeGlobalId } from "../../src/global-id.ts";
import { testDatabase } from "../support/database.ts";
import { compiledFirst, newWorkspace, withPermissions } from "../support/workspace.ts";

const unknown = "0190e0a4-5c7e-7c3a-9d2b-6b1f0e3a9c11";

const document = `query ($representations: [_Any!]!) {
  _entities(representations: $representations) {
    __typename
    ... on Conversation { id name }
    ... on Customer { id externalId }
    ... on Member { id memberName: name }
    ... on Channel { id identifier }
    ... on Message { id }
  }
}`;

let us: Awaited<ReturnType<typeof workspaceWithRecords>>;
let them: typeof us;
beforeAll(async () => {
  us = await workspaceWithRecords();
  them = await workspaceWithRecords();
});

async function workspaceWithRecords() {
  const { db } = await testDatabase();
  const actor = await newWorkspace();
  const { id: workspaceId } = actor.workspace;
  const customer = await actor.newCustomer({ externalId: "visitor" });
  const channel = await actor.newChannel();
  const conversation = await db.conversation.create({ data: { workspaceId, type: "DIRECT", name: "Hello" } });
  const message = await db.message.create({
    data: { workspaceId, conversationId: conversation.id, authorMemberId: actor.member.id, text: "Hi" },
  });
  const records = {
    Conversation: conversation,
    Customer: customer,
    Member: actor.member,
    Channel: channel,
    Message: message,
  };
  const references = Object.entries(records).map(([type, { id }]) => ({
    __typename: type,
    id: encodeGlobalId(type, id),
  }));
  return { ...actor, records, references };
}

async function entities(representations: unknown) {
  const { data, errors } = await us.query(document, { representations });
  expect(errors).toBeUndefined();
  return data._entities;
}

async function refusal(representations: unknown) {
  let answer: Awaited<ReturnType<typeof us.query>> | undefined;
  const { recordStatements } = await testDatabase();
  const statements = await recordStatements(async () => {
    answer = await us.query(document, { representations });
  });
  expect(statements).toEqual([]);
  expect(answer?.data ?? null).toBeNull();
  expect(answer?.errors).toHaveLength(1);
  return answer?.errors?.[0]?.extensions;
}

describe("_entities", () => {
  test("gives each type by its id, in the order asked", async () => {
    const found = await entities(us.references.toReversed());
    expect(found).toMatchObject(us.references.toReversed());
    expect(found).toMatchObject([
      {},
      { identifier: us.records.Channel.identifier },
      { memberName: us.records.Member.name },
      { externalId: "visitor" },
      { name: "Hello" },
    ]);
  });

  test("gives a customer by its externalId, case and all, or by its id when both are given", async () => {
    const id = encodeGlobalId("Customer", us.records.Customer.id);
    const customer = { __typename: "Customer", id, externalId: "visitor" };
    const found = await entities([
      { __typename: "Customer", externalId: "visitor" },
      { __typename: "Customer", externalId: "VISITOR" },
      { __typename: "Customer", externalId: "visitor", name: "a field that is no key" },
      { __typename: "Customer", id, externalId: "visitor" },
    ]);
    expect(found).toEqual([customer, null, customer, customer]);
  });

  test("gives duplicates as often as asked, for one statement a type", async () => {
    const { recordStatements } = await testDatabase();
    const thrice = [...us.references, ...us.references, ...us.references];
    const statements = await recordStatements(async () => {
      expect(await entities(thrice)).toMatchObject(thrice);
    });
    expect(statements).toHaveLength(compiledFirst ? 1 : 5);
  });

  test("reads 20 with the statements of 2, nested fields included", async () => {
    const { countStatements, db } = await testDatabase();
    const { id: workspaceId } = us.workspace;
    const rows = await db.conversation.createManyAndReturn({
      data: Array.from({ length: 20 }, () => ({ workspaceId, type: "GROUP" as const })),
    });
    const references = rows.map(({ id }) => ({ __typename: "Conversation", id: encodeGlobalId("Conversation", id) }));
    const read = (count: number) =>
      countStatements(() =>
        us.ask(
          `query ($representations: [_Any!]!) {
            _entities(representations: $representations) {
              ... on Conversation {
                name depth channels { identifier } parent { id } customer { name } lastMessage { id }
                participants { nodes { id } } children { nodes { id } } messages { nodes { id } }
              }
            }
          }`,
          { representations: references.slice(0, count) },
        ),
      );
    expect(await read(20)).toBe(await read(2));
  });

  test("gives null for a record that the workspace does not have, although another one has it", async () => {
    const nowhere = us.references.map(({ __typename }) => ({ __typename, id: encodeGlobalId(__typename, unknown) }));
    expect(await entities(nowhere)).toEqual(nowhere.map(() => null));
    expect(await entities(them.references)).toEqual(them.references.map(() => null));
    const [ours, theirs] = [us.references[0], them.references[0]];
    expect(await entities([theirs, ours, theirs])).toMatchObject([null, ours, null]);
  });

  test("gives an empty list for an empty one", async () => {
    expect(await entities([])).toEqual([]);
  });

  test.each([
    ["a string", "Conversation", "representations.2"],
    ["a number", 3, "representations.2"],
    ["a list", [], "representations.2"],
    ["no __typename", { id: encodeGlobalId("Conversation", unknown) }, "representations.2.__typename"],
    ["a __typename that is no text", { __typename: ["Conversation"], id: unknown }, "representations.2.__typename"],
    ["an unknown type", { __typename: "Order", id: "1" }, "representations.2.__typename"],
    ["a type that is no entity", { __typename: "Integration", id: "1" }, "representations.2.__typename"],
    ["a property of every object", { __typename: "constructor", id: "1" }, "representations.2.__typename"],
    ["no key", { __typename: "Conversation" }, "representations.2.id"],
    ["another type's key", { __typename: "Conversation", externalId: "visitor" }, "representations.2.id"],
    ["a null key", { __typename: "Customer", id: null }, "representations.2.id"],
    ["a key that is no text", { __typename: "Customer", id: { $ne: "" } }, "representations.2.id"],
    [
      "the id of another type",
      { __typename: "Conversation", id: encodeGlobalId("Message", unknown) },
      "representations.2.id",
    ],
    ["a bare uuid", { __typename: "Conversation", id: unknown }, "representations.2.id"],
    ["a malformed id", { __typename: "Conversation", id: "conversation_1' OR true --" }, "representations.2.id"],
    ["a customer without a key", { __typename: "Customer" }, "representations.2.externalId"],
    ["a null externalId", { __typename: "Customer", externalId: null }, "representations.2.externalId"],
    ["an empty externalId", { __typename: "Customer", externalId: "" }, "representations.2.externalId"],
    ["an endless externalId", { __typename: "Customer", externalId: "x".repeat(256) }, "representations.2.externalId"],
    ["an externalId with NUL", { __typename: "Customer", externalId: "\0" }, "representations.2.externalId"],
  ])("answers the others when one is %s, and names it", async (_what, representation, field) => {
    const [good] = us.references;
    const { data, errors } = await us.query(document, { representations: [good, good, representation, good] });
    expect(errors).toMatchObject([{ path: ["_entities", 2], extensions: { code: "BAD_USER_INPUT", field } }]);
    expect(data._entities).toMatchObject([good, good, null, good]);
  });

  test("refuses null as a reference and null as the list", async () => {
    const [good] = us.references;
    expect(await refusal([good, null])).toMatchObject({ code: "BAD_USER_INPUT", field: "representations.1" });
    expect(await refusal(null)).toMatchObject({ code: "BAD_USER_INPUT", field: "representations" });
  });

  test("answers the good ones among several bad ones, each of which is an error of its own", async () => {
    const [good] = us.references;
    const representations = [{ __typename: "Order" }, good, { __typename: "Member", id: "x" }, null];
    const { data, errors } = await us.query(document, { representations: representations.slice(0, 3) });
    expect(errors?.map(({ path }) => path)).toEqual([
      ["_entities", 0],
      ["_entities", 2],
    ]);
    expect(data._entities).toMatchObject([null, good, null]);
  });

  test("finds a customer by its externalId beside an id that is null", async () => {
    const reference = { __typename: "Customer", id: null, externalId: "visitor" };
    expect(await entities([reference])).toMatchObject([{ externalId: "visitor" }]);
  });

  test("takes references written into the document", async () => {
    const [{ id } = { id: "" }] = us.references;
    const { _entities } = await us.ask(
      `{ _entities(representations: [{ __typename: "Conversation", id: "${id}" }]) { ... on Conversation { name } } }`,
    );
    expect(_entities).toEqual([{ name: "Hello" }]);
  });

  test("reads 1,000 at once and refuses more, however many and however wrong", async () => {
    const [good] = us.references;
    expect(await entities(Array.from({ length: 1000 }, () => good))).toHaveLength(1000);
    for (const length of [1001, 10_000]) {
      const refused = { code: "BAD_USER_INPUT", field: "representations", reason: "TOO_LONG" };
      expect(await refusal(Array.from({ length }, () => good))).toMatchObject(refused);
      expect(await refusal(Array.from({ length }, () => "wrong"))).toMatchObject(refused);
    }
  });

  test.each([[["engage", "delete"]], [[]]] as const)("is FORBIDDEN with no more than %j", async (permissions) => {
    const { recordStatements } = await testDatabase();
    const statements = await recordStatements(async () => {
      for (const representations of [us.references, [], ["wrong"], Array.from({ length: 1001 }, () => "wrong")]) {
        const { data, errors } = await withPermissions(us, ...permissions).query(document, { representations });
        expect(data).toBeNull();
        expect(errors).toMatchObject([
          {
            extensions: { code: "FORBIDDEN", reason: "MISSING_PERMISSION", permission: "connect360:conversation:read" },
          },
        ]);
      }
    });
    expect(statements).toEqual([]);
  });
});

describe("_service", () => {
  test("gives the schema with its keys, without federation's machinery and what only one subgraph can have", async () => {
    const { _service } = await us.ask("{ _service { sdl } }");
    const sdl: string = _service.sdl;
    for (const type of ["Conversation", "Customer", "Member", "Channel", "Message"]) {
      expect(sdl).toMatch(new RegExp(`type ${type} implements (Actor & )?Node @key\\(fields: "id"\\)`));
    }
    expect(sdl).toContain('type Customer implements Actor & Node @key(fields: "id") @key(fields: "externalId")');
    expect(sdl).toContain("type PageInfo @shareable");
    expect(sdl).not.toMatch(/_Any|_Entity|_Service|_entities|_service/);
    const query = buildSchema(sdl, { assumeValidSDL: true }).getQueryType()?.getFields() ?? {};
    expect(Object.keys(query)).toEqual(expect.arrayContaining(["viewer", "conversations", "listSubConversations"]));
    expect(query).not.toHaveProperty("node");
    expect(query).not.toHaveProperty("nodes");
  });
});
