import { describe, expect, test } from "vitest";
import type { Customer } from "../../prisma/generated/client/client.ts";
import { type Input, idOf, newFamily, refusalOf, run, unknownId } from "../conversations/operations.ts";
import { testDatabase } from "../support/database.ts";

const operations = ["getOrCreateConversation", "createSubConversation"] as const;

/** Both operations find the customer by the same rules. */
describe.each(operations)("%s", (operation) => {
  /** A workspace where the operation can be asked for a customer, with the ways to ask. */
  async function newPlace() {
    const { parent, ...workspace } = await newFamily();
    const { db } = workspace.ctx;
    const { workspaceId } = workspace.caller;
    const inputOf = (input: Input) =>
      operation === "createSubConversation" ? { ...input, parentId: parent.id } : input;
    const rowOf = (id: string) => db.customer.findFirstOrThrow({ where: { id: id.slice("customer_".length) } });
    return {
      ...workspace,
      /** The customer, as stored, that the input is taken to mean. */
      async ask(input: Input): Promise<Customer> {
        const { conversation } = await run(workspace, operation, inputOf(input));
        return rowOf(conversation.customer.id);
      },
      refuse: (input: Input) => refusalOf(workspace, operation, inputOf(input)),
      reload: (customer: Customer) => rowOf(idOf("Customer", customer)),
      count: () => db.customer.count({ where: { workspaceId } }),
    };
  }

  /** Changes with every write to the row. */
  async function versionOf({ id }: Customer): Promise<unknown> {
    const { pool } = await testDatabase();
    const { rows } = await pool.query(`SELECT xmin::text, "updatedAt" FROM "Customer" WHERE id = $1`, [id]);
    return rows[0];
  }

  test("finds a customer by customerId, by customer.id, and by both when they agree", async () => {
    const place = await newPlace();
    const jane = await place.newCustomer({ email: "jane@example.com" });
    const id = idOf("Customer", jane);
    expect(await place.ask({ customerId: id })).toEqual(jane);
    expect(await place.ask({ customer: { id } })).toEqual(jane);
    expect(await place.ask({ customerId: id, customer: { id, email: "jane@example.com" } })).toEqual(jane);
  });

  test("refuses customerId and customer.id that differ", async () => {
    const place = await newPlace();
    const [jane, john] = [await place.newCustomer(), await place.newCustomer()];
    const input = { customerId: idOf("Customer", jane), customer: { id: idOf("Customer", john) } };
    expect(await place.refuse(input)).toEqual({
      ...{ code: "BAD_USER_INPUT", reason: "CONTRADICTION", field: "input.customer.id" },
    });
  });

  test("never creates for an id, even with other keys beside it", async () => {
    const place = await newPlace();
    const before = await place.count();
    const id = unknownId("Customer");
    const unknown = { code: "NOT_FOUND", reason: "CUSTOMER" };
    const customer = { id, externalId: "new", email: "new@example.com" };
    expect(await place.refuse({ customerId: id })).toEqual({ ...unknown, field: "input.customerId" });
    expect(await place.refuse({ customer })).toEqual({ ...unknown, field: "input.customer.id" });
    expect(await place.refuse({ customerId: id, customer })).toEqual({ ...unknown, field: "input.customerId" });
    expect(await place.count()).toBe(before);
  });

  test("gives the externalId of the input to a customer that was found by id and has none", async () => {
    const place = await newPlace();
    const lead = await place.newCustomer({ email: "jane@example.com" });
    const found = await place.ask({ customerId: idOf("Customer", lead), customer: { externalId: "jane" } });
    expect(found).toMatchObject({ id: lead.id, externalId: "jane", email: "jane@example.com" });
  });

  test("refuses an externalId that contradicts the one of the customer with that id", async () => {
    const place = await newPlace();
    const id = idOf("Customer", await place.newCustomer({ externalId: "jane" }));
    const conflict = { code: "CONFLICT", reason: "IDENTITY_CONFLICT", field: "input.customer.externalId" };
    expect(await place.refuse({ customerId: id, customer: { externalId: "JANE" } })).toEqual(conflict);
    expect(await place.refuse({ customer: { id, externalId: "john" } })).toEqual(conflict);
  });

  test("refuses an externalId that belongs to another customer than the one with that id", async () => {
    const place = await newPlace();
    const john = await place.newCustomer({ externalId: "john" });
    const conflict = { code: "CONFLICT", reason: "IDENTITY_CONFLICT", field: "input.customer.externalId" };
    for (const data of [{ externalId: "jane" }, { email: "jane@example.com" }]) {
      const id = idOf("Customer", await place.newCustomer(data));
      expect(await place.refuse({ customer: { id, externalId: "john" } })).toEqual(conflict);
    }
    expect(await place.reload(john)).toEqual(john);
  });

  test("finds by externalId exactly, case and spaces included", async () => {
    const place = await newPlace();
    const jane = await place.newCustomer({ externalId: "Jane" });
    expect(await place.ask({ customer: { externalId: "Jane" } })).toEqual(jane);
    for (const externalId of ["jane", " Jane", "Jane "])
      expect(await place.ask({ customer: { externalId } })).toMatchObject({ externalId });
    expect(await place.count()).toBe(5);
  });

  test("finds by email without regard to case and to spaces around it", async () => {
    const place = await newPlace();
    const jane = await place.newCustomer({ externalId: "jane", email: "Jane@Example.com" });
    const found = await place.ask({ customer: { email: " jane@EXAMPLE.com " } });
    expect(found).toMatchObject({ id: jane.id, email: "jane@EXAMPLE.com" });
  });

  test("finds by phone however it is written", async () => {
    const place = await newPlace();
    const jane = await place.newCustomer({ phone: "+4930901820" });
    expect(await place.ask({ customer: { phone: "+49 (30) 901-820" } })).toEqual(jane);
  });

  test.each([
    ["email", { email: "jane@example.com" }],
    ["phone", { phone: "+4930901820" }],
  ])("promotes a lead found by %s: it gets the externalId", async (_key, keys) => {
    const place = await newPlace();
    const lead = await place.newCustomer(keys);
    const promoted = await place.ask({ customer: { ...keys, externalId: "jane" } });
    expect(promoted).toMatchObject({ ...keys, id: lead.id, externalId: "jane" });
    expect(await place.ask({ customer: { externalId: "jane" } })).toEqual(promoted);
  });

  test.each([
    ["email", { email: "jane@example.com" }],
    ["phone", { phone: "+4930901820" }],
  ])("does not find by %s a customer with another externalId, who keeps that key", async (_key, keys) => {
    const place = await newPlace();
    const holder = await place.newCustomer({ externalId: "holder", ...keys });
    const created = await place.ask({ customer: { externalId: "jane", ...keys } });
    expect(created).toMatchObject({ externalId: "jane", email: null, phone: null });
    expect(await place.reload(holder)).toEqual(holder);
    expect(await place.ask({ customer: { externalId: "jane", ...keys } })).toEqual(created);
  });

  test("does not find by phone when both sides have emails that differ", async () => {
    const place = await newPlace();
    const [phone, email] = ["+4930901820", "jane@example.com"];
    const holder = await place.newCustomer({ phone, email: "john@example.com" });
    const jane = await place.ask({ customer: { phone, email } });
    expect(jane).toMatchObject({ email, phone: null });
    expect(await place.ask({ customer: { phone, email, externalId: "jane" } })).toMatchObject({ id: jane.id });
    expect(await place.reload(holder)).toEqual(holder);
  });

  test("finds by phone when one side has no email, or both the same", async () => {
    const place = await newPlace();
    const jane = await place.newCustomer({ phone: "+4930901820" });
    const found = await place.ask({ customer: { phone: "+4930901820", email: "jane@example.com" } });
    expect(found).toMatchObject({ id: jane.id, email: "jane@example.com" });
    expect(await place.ask({ customer: { phone: "+4930901820" } })).toEqual(found);
  });

  test("prefers externalId to email to phone, and nobody loses a key or is merged", async () => {
    const place = await newPlace();
    const byExternalId = await place.newCustomer({ externalId: "jane" });
    const byEmail = await place.newCustomer({ email: "jane@example.com" });
    const byPhone = await place.newCustomer({ phone: "+4930901820" });
    const before = await place.count();
    const keys = { email: "jane@example.com", phone: "+4930901820" };
    expect(await place.ask({ customer: { externalId: "jane", ...keys } })).toEqual(byExternalId);
    expect(await place.ask({ customer: keys })).toEqual(byEmail);
    expect(await place.ask({ customerId: idOf("Customer", byPhone), customer: keys })).toEqual(byPhone);
    expect(await Promise.all([byExternalId, byEmail, byPhone].map(place.reload))).toEqual([
      ...[byExternalId, byEmail, byPhone],
    ]);
    expect(await place.count()).toBe(before);
  });

  test("skips a customer with the e-mail address and another externalId, and finds a lead by phone", async () => {
    const place = await newPlace();
    await place.newCustomer({ externalId: "holder", email: "jane@example.com" });
    const lead = await place.newCustomer({ phone: "+4930901820" });
    const keys = { externalId: "jane", email: "jane@example.com", phone: "+4930901820" };
    expect(await place.ask({ customer: keys })).toMatchObject({ id: lead.id, externalId: "jane", email: null });
  });

  test("creates a customer with everything given when nobody is found", async () => {
    const place = await newPlace();
    const keys = { externalId: "jane", email: "Jane@example.com", phone: "+4930901820" };
    const profile = { name: "Jane", image: "https://example.com/jane.png", metadata: { vip: true, tags: ["a"] } };
    expect(await place.ask({ customer: { ...keys, ...profile } })).toMatchObject({ ...keys, ...profile });
  });

  test("overwrites the profile with what is given, merges metadata, and leaves what is null or omitted", async () => {
    const place = await newPlace();
    const metadata = { plan: "free", seen: { web: 1, app: 2 } };
    const profile = { name: "Jane", image: "https://example.com/1.png", email: "jane@example.com" };
    const jane = await place.newCustomer({ externalId: "jane", ...profile, metadata });
    const patch = { plan: null, seen: { app: 3 }, vip: true };
    const given = { externalId: "jane", name: "Jane Roe", email: null, phone: "+4930901820", metadata: patch };
    expect(await place.ask({ customer: given })).toMatchObject({
      ...{ ...profile, name: "Jane Roe", phone: "+4930901820", metadata: { seen: { web: 1, app: 3 }, vip: true } },
    });
    const { updatedAt } = await place.reload(jane);
    expect(updatedAt.getTime()).toBeGreaterThanOrEqual(jane.updatedAt.getTime());
  });

  test("writes nothing when nothing differs", async () => {
    const place = await newPlace();
    const metadata = { plan: "free", seen: { web: 1, app: 2 } };
    const full = { externalId: "jane", name: "Jane", email: "jane@example.com", phone: "+4930901820", metadata };
    const jane = await place.newCustomer(full);
    const before = await versionOf(jane);
    const id = idOf("Customer", jane);
    const reordered = { seen: { app: 2 }, plan: "free", gone: null };
    for (const customer of [full, { id }, { externalId: "jane", name: " Jane " }, { ...full, metadata: reordered }]) {
      await place.ask({ customer });
      expect({ customer, version: await versionOf(jane) }).toEqual({ customer, version: before });
    }
    await place.ask({ customer: { id, name: "Jane Roe" } });
    expect(await versionOf(jane)).not.toEqual(before);
  });

  test.each([{}, { name: "Jane", metadata: { a: 1 } }, { id: null, externalId: null, email: null, phone: null }])(
    "refuses a customer with no key: %j",
    async (customer) => {
      const place = await newPlace();
      const required = { code: "BAD_USER_INPUT", reason: "REQUIRED", field: "input.customer" };
      expect(await place.refuse({ customer })).toEqual(required);
    },
  );

  test("needs no key in a customer that customerId names", async () => {
    const place = await newPlace();
    const jane = await place.newCustomer({ externalId: "jane" });
    const found = await place.ask({ customerId: idOf("Customer", jane), customer: { name: "Jane Roe" } });
    expect(found).toMatchObject({ externalId: "jane", name: "Jane Roe" });
  });
});
