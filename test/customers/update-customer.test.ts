import { expect, test } from "vitest";
import { idOf, unknownId } from "../conversations/operations.ts";
import { newWorkspace } from "../support/workspace.ts";

const document = `mutation ($input: UpdateCustomerInput!) { updateCustomer(input: $input) {
  customer { externalId name email phone image metadata revision updatedAt } } }`;

type Workspace = Awaited<ReturnType<typeof newWorkspace>>;
type Input = Record<string, unknown>;

async function newJane() {
  const ours = await newWorkspace();
  const jane = await ours.newCustomer({
    ...{ externalId: "jane", name: "Jane", email: "jane@example.com", metadata: { a: 1, b: { c: 2 } } },
    updatedAt: new Date(0),
  });
  return { ...ours, id: idOf("Customer", jane) };
}

const update = async (ours: Workspace, input: Input) => (await ours.ask(document, { input })).updateCustomer.customer;

async function refusal(ours: Workspace, input: Input) {
  const { data, errors } = await ours.query(document, { input });
  expect(data?.updateCustomer ?? null).toBeNull();
  expect(errors).toHaveLength(1);
  return errors?.[0]?.extensions;
}

test("an omitted field stays, null clears it, metadata is merged, and nobody becomes a participant", async () => {
  const { id, ...ours } = await newJane();
  const input = { id, name: null, email: " Jane@Example.org ", metadata: { a: null, b: { d: 3 } } };
  expect(await update(ours, input)).toMatchObject({
    ...{ externalId: "jane", name: null, email: "Jane@Example.org", phone: null, image: null, revision: 1 },
    metadata: { b: { c: 2, d: 3 } },
  });
  expect(await ours.ctx.db.conversation.count({ where: { workspaceId: ours.caller.workspaceId } })).toBe(0);
  const found = await ours.ask(`{ customers(filter: { email: "jane@example.org" }) { nodes { id } } }`);
  expect(found.customers.nodes).toEqual([{ id }]);
});

test("metadata is replaced on request, without the nulls in it, and null empties it", async () => {
  const { id, ...ours } = await newJane();
  const replaced = await update(ours, { id, metadata: { x: 1, y: null }, metadataMode: "REPLACE" });
  expect(replaced.metadata).toEqual({ x: 1 });
  expect((await update(ours, { id, metadata: null })).metadata).toEqual({});
});

test("a change without a difference leaves revision and updatedAt, and a stale revision is refused with the present one", async () => {
  const { id, ...ours } = await newJane();
  const same = await update(ours, { id, name: "Jane", metadata: { a: 1 } });
  expect([same.revision, same.updatedAt]).toEqual([0, new Date(0).toISOString()]);
  expect((await update(ours, { id, name: "Jo", expectedRevision: 0 })).revision).toBe(1);
  expect(await refusal(ours, { id, name: "Joe", expectedRevision: 0 })).toEqual({
    ...{ code: "CONFLICT", reason: "STALE_REVISION", field: "input.expectedRevision", revision: 1 },
  });
});

test("the keys of another customer are theirs, an externalId stays, and one key is kept", async () => {
  const { id, ...ours } = await newJane();
  await ours.newCustomer({ externalId: "joe", email: "joe@example.com", phone: "+41441234567" });
  const lead = idOf("Customer", await ours.newCustomer({ email: "lead@example.com" }));
  const conflict = (key: string) => ({ code: "CONFLICT", reason: "IDENTITY_CONFLICT", field: `input.${key}` });
  expect(await refusal(ours, { id, email: "JOE@example.com" })).toEqual(conflict("email"));
  expect(await refusal(ours, { id, phone: "+41 44 123 45 67" })).toEqual(conflict("phone"));
  expect(await refusal(ours, { id, externalId: "other" })).toEqual(conflict("externalId"));
  expect(await refusal(ours, { id: lead, externalId: "joe" })).toEqual(conflict("externalId"));
  expect((await update(ours, { id: lead, externalId: "lead", email: null })).externalId).toBe("lead");
  expect(await refusal(ours, { id: lead, externalId: null })).toMatchObject({ reason: "REQUIRED", field: "input" });
});

test("metadata that becomes too large, no change at all and an unknown customer are refused", async () => {
  const { id, ...ours } = await newJane();
  await update(ours, { id, metadata: { big: "x".repeat(10_000) } });
  const tooLarge = { reason: "METADATA_TOO_LARGE", field: "input.metadata" };
  expect(await refusal(ours, { id, metadata: { more: "x".repeat(10_000) } })).toMatchObject(tooLarge);
  expect(await refusal(ours, { id, metadataMode: "MERGE" })).toMatchObject({ reason: "REQUIRED", field: "input" });
  const unknown = { id: unknownId("Customer"), name: "x" };
  expect(await refusal(ours, unknown)).toEqual({ code: "NOT_FOUND", reason: "CUSTOMER", field: "input.id" });
});
