import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { encodeGlobalId } from "../../src/global-id.ts";
import { onPostgres } from "../support/database.ts";
import {
  idOf,
  newRaceCourse,
  type Outcome,
  type RaceCourse,
  recountAfterEach,
  refusalsOf,
  succeeded,
  times,
} from "./race.ts";

/** Everybody got the same conversation, which one of them created. Returns its customer. */
async function expectOne({ ctx }: RaceCourse, outcomes: Outcome[], customers: number) {
  const { workspaceId } = ctx.caller;
  expect(refusalsOf(outcomes)).toEqual(new Set());
  expect(new Set(outcomes.map(({ result }) => result.conversation.id)).size).toBe(1);
  expect(outcomes.filter(({ result }) => result.outcome === "CREATED")).toHaveLength(1);
  expect(await ctx.db.conversation.count({ where: { workspaceId } })).toBe(1);
  const found = await ctx.db.customer.findMany({ where: { workspaceId } });
  expect(found).toHaveLength(customers);
  return found[0];
}

describe.runIf(onPostgres)("getOrCreateConversation", () => {
  recountAfterEach();

  describe.each([1, 2])("a hundred times at once, gateways: %i", (through) => {
    test.each([
      ["externalId", () => ({ externalId: randomUUID(), name: "Jane Customer" })],
      ["email", () => ({ email: `${randomUUID()}@example.com`, name: "Jane Customer" })],
      ["phone", () => ({ phone: "+49 30 901820", name: "Jane Customer" })],
      ["every key", () => ({ externalId: randomUUID(), email: `${randomUUID()}@example.com`, phone: "+4930901820" })],
    ])("creates one customer and one conversation by %s", async (_key, newCustomer) => {
      const course = await newRaceCourse();
      const input = { customer: newCustomer(), channelIdentifier: "shop.example.com", metadata: { source: "website" } };
      const outcomes = await course.sendAll(
        "getOrCreate",
        times(100, () => input),
        through,
      );
      await expectOne(course, outcomes, 1);
    });

    test("creates one customer when half of them promote the lead", async () => {
      const course = await newRaceCourse();
      const [lead, promotion] = [{ email: "jane@example.com" }, { email: "Jane@Example.com", externalId: "jane" }];
      const inputs = times(100, (i) => ({ customer: (i >> 1) % 2 ? lead : promotion }));
      const customer = await expectOne(course, await course.sendAll("getOrCreate", inputs, through), 1);
      expect(customer?.externalId).toBe("jane");
      expect(customer?.email?.toLowerCase()).toBe("jane@example.com");
    });

    test("creates one conversation of the same members, in any order", async () => {
      const course = await newRaceCourse();
      const members = await Promise.all(times(3, () => course.newMember()));
      const memberIds = members.map(({ id }) => encodeGlobalId("Member", id));
      const inputs = times(100, (i) => ({ memberIds: (i >> 1) % 2 ? memberIds : memberIds.toReversed() }));
      await expectOne(course, await course.sendAll("getOrCreate", inputs, through), 0);
    });

    test("keeps the metadata that each request gives the customer", async () => {
      const course = await newRaceCourse();
      const email = "jane@example.com";
      const inputs = times(100, (i) => ({
        customer: {
          externalId: "jane",
          name: `Jane ${i}`,
          metadata: { [`key${i}`]: i },
          ...(i % 3 === 0 && { email }),
        },
      }));
      const customer = await expectOne(course, await course.sendAll("getOrCreate", inputs, through), 1);
      expect(customer).toMatchObject({ externalId: "jane", email, name: expect.stringMatching(/^Jane \d+$/) });
      expect(customer?.metadata).toEqual(Object.fromEntries(times(100, (i) => [`key${i}`, i])));
    });

    test("lets two externalIds promote one lead without losing either", async () => {
      for (const round of times(10, (i) => i)) {
        const course = await newRaceCourse();
        const lead = await course.newCustomer({ email: "jane@example.com" });
        const inputs = times(20, (i) => ({
          customer: { externalId: `jane-${(i >> 1) % 2}`, email: "jane@example.com" },
        }));
        const outcomes = await course.sendAll("getOrCreate", inputs, through);
        expect(refusalsOf(outcomes), `round ${round}`).toEqual(new Set());
        expect(outcomes.filter(({ result }) => result.outcome === "CREATED")).toHaveLength(2);
        const customers = await course.ctx.db.customer.findMany({ where: { workspaceId: course.workspace.id } });
        expect(customers.map(({ externalId }) => externalId).sort()).toEqual(["jane-0", "jane-1"]);
        expect(customers.filter(({ email }) => email).map(({ id }) => id)).toEqual([lead.id]);
      }
    });
  });

  test("and a move to the top give the customer one top-level conversation", async () => {
    for (const round of times(20, (i) => i)) {
      const course = await newRaceCourse();
      const { id: customerId } = await course.newCustomer({ externalId: "jane" });
      const parents = [await course.newConversation(), await course.newConversation()];
      const subs = await Promise.all(parents.map((parentId) => course.newConversation({ parentId, customerId })));
      const [moves, opened] = await Promise.all([
        course.sendAll(
          "update",
          subs.map((id) => ({ id: idOf(id), parentId: null })),
        ),
        course.sendAll(
          "getOrCreate",
          times(1 + (round % 4), () => ({ customer: { externalId: "jane" } })),
        ),
      ]);
      const top = await course.ctx.db.conversation.findMany({ where: { customerId, parentId: null } });
      expect(top, `round ${round}`).toHaveLength(1);
      expect(opened.map(({ result }) => result?.conversation.id)).toEqual(opened.map(() => idOf(top[0]?.id ?? "")));
      const created = opened.filter(({ result }) => result.outcome === "CREATED").length;
      expect(created + succeeded(moves).length).toBe(1);
      expect(["CUSTOMER_HAS_CONVERSATION"]).toEqual(expect.arrayContaining([...refusalsOf(moves)]));
    }
  });

  test("always answers a conversation, also while the one found is deleted", async () => {
    const course = await newRaceCourse();
    const { id: customerId } = await course.newCustomer({ externalId: "jane" });
    const newest = () => course.ctx.db.conversation.findFirst({ where: { customerId } });
    for (const round of times(20, (i) => i)) {
      const inputs = times(12, (i) => ({ customer: { externalId: "jane", metadata: { [`key${i}`]: round } } }));
      const answered = course.sendAll("getOrCreate", inputs);
      for (const _ of times(5, (i) => i)) {
        const existing = await newest();
        if (existing) await course.race([["delete", { id: idOf(existing.id) }]]);
      }
      expect(refusalsOf(await answered), `round ${round}`).toEqual(new Set());
    }
  });
});
