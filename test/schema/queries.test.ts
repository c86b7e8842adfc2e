import { describe, expect, test } from "vitest";
import { idOf, newChain, newFamily, unknownId } from "../conversations/operations.ts";
import { newWorkspace } from "../support/workspace.ts";

describe("viewer", () => {
  const document =
    "{ viewer { workspace { id slug name } member { id } integration { id member { id } } permissions } }";

  test("is the workspace, member and integration of the key", async () => {
    const { workspace, member, integration, ...ours } = await newWorkspace();
    const { viewer } = await ours.ask(document);
    expect(viewer).toEqual({
      workspace: { id: idOf("Workspace", workspace), slug: workspace.slug, name: workspace.name },
      member: { id: idOf("Member", member) },
      integration: { id: idOf("Integration", integration), member: { id: idOf("Member", member) } },
      permissions: ["READ", "ENGAGE", "DELETE"],
    });
  });
});

describe("conversation", () => {
  const document = "query ($id: ID!) { conversation(id: $id) { id } }";

  test("is found by its id, at the top and below", async () => {
    const ours = await newWorkspace();
    for (const id of await newChain(ours, 2))
      expect(await ours.ask(document, { id })).toEqual({ conversation: { id } });
  });

  test("is null when unknown, deleted or of another workspace", async () => {
    const { parent, ...ours } = await newFamily();
    const theirs = await newFamily();
    await ours.ask("mutation ($id: ID!) { deleteConversation(input: { id: $id }) { deletedId } }", { id: parent.id });
    for (const id of [unknownId("Conversation"), parent.id, theirs.parent.id])
      expect(await ours.ask(document, { id })).toEqual({ conversation: null });
  });

  test("refuses an id that is not a conversation's", async () => {
    const { parent, ...ours } = await newFamily();
    for (const id of [parent.customer, "conversation_1", ""]) {
      const { data, errors } = await ours.query(document, { id });
      expect(data?.conversation ?? null).toBeNull();
      expect(errors?.[0]?.extensions).toEqual({ code: "BAD_USER_INPUT", reason: "INVALID_ID", field: "id" });
    }
  });
});

describe("conversations", () => {
  test("are those at the top, newest first", async () => {
    const ours = await newWorkspace();
    const [first] = await newChain(ours, 3);
    const [second] = await newChain(ours, 1);
    const { conversations } = await ours.ask("{ conversations { totalCount nodes { id } } }");
    expect(conversations).toEqual({ totalCount: 2, nodes: [{ id: second }, { id: first }] });
  });
});

describe("customer", () => {
  const document = `query ($id: ID, $externalId: String) {
    customer(id: $id, externalId: $externalId) { id externalId name email phone image metadata createdAt updatedAt }
  }`;

  test("is found by id and by externalId, exactly", async () => {
    const ours = await newWorkspace();
    const profile = { externalId: "Jane", name: "Jane", email: "jane@example.com", phone: "+4930901820" };
    const more = { image: "https://example.com/jane.png", metadata: { vip: true } };
    const row = await ours.newCustomer({ ...profile, ...more });
    const id = idOf("Customer", row);
    const times = { createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString() };
    for (const key of [{ id }, { externalId: "Jane" }, { id, externalId: null }])
      expect(await ours.ask(document, key)).toEqual({ customer: { id, ...profile, ...more, ...times } });
    expect(await ours.ask(document, { externalId: "jane" })).toEqual({ customer: null });
  });

  test("is null when unknown or of another workspace", async () => {
    const [ours, theirs] = [await newWorkspace(), await newWorkspace()];
    const row = await theirs.newCustomer({ externalId: "visitor" });
    for (const key of [{ id: unknownId("Customer") }, { id: idOf("Customer", row) }, { externalId: "visitor" }])
      expect(await ours.ask(document, key)).toEqual({ customer: null });
  });

  test.each([
    [{}, "REQUIRED", "id"],
    [{ id: null, externalId: null }, "REQUIRED", "id"],
    [{ id: unknownId("Customer"), externalId: "visitor" }, "REQUIRED", "id"],
    [{ id: unknownId("Member") }, "INVALID_ID", "id"],
    [{ externalId: "" }, "TOO_SHORT", "externalId"],
    [{ externalId: "x".repeat(256) }, "TOO_LONG", "externalId"],
    [{ externalId: "\0" }, "INVALID_TEXT", "externalId"],
  ])("refuses %j", async (key, reason, field) => {
    const { data, errors } = await (await newWorkspace()).query(document, key);
    expect(data?.customer ?? null).toBeNull();
    expect(errors?.[0]?.extensions).toEqual({ code: "BAD_USER_INPUT", reason, field });
  });
});
