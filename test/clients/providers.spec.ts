import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { connectGateway, GatewayError } from "../../docs/consoles/gateway.ts";
import { dataProvider as reactAdmin } from "../../docs/consoles/react-admin.ts";
import { dataProvider as refine } from "../../docs/consoles/refine.ts";
import { newTeam, serveGateway } from "./tenant.ts";

let url: string;
beforeAll(async () => {
  url = await serveGateway();
});

/** A workspace, both providers on it, and the operations that were sent. */
async function newConsole() {
  const team = await newTeam();
  const sent: string[] = [];
  const connect = (key: string) =>
    connectGateway(url, (target, init) => {
      sent.push(String(init?.body));
      return fetch(target, { ...init, headers: { ...init?.headers, "x-api-key": key } });
    });
  const admin = reactAdmin(connect(team.key));
  return { ...team, sent, admin, refine: refine(connect(team.key)), colleague: reactAdmin(connect(team.otherKey)) };
}

type Console = Awaited<ReturnType<typeof newConsole>>;

const newestFirst = { field: "createdAt", order: "DESC" } as const;

async function openConversations({ admin }: Console, count: number) {
  const ids: string[] = [];
  for (let n = 1; n <= count; n++) {
    const data = { name: `Inquiry ${n}`, customer: { externalId: `customer_${n}`, name: `Customer ${n}` } };
    ids.unshift((await admin.create("conversations", { data })).data.id);
  }
  return ids;
}

async function refusalOf(work: Promise<unknown>): Promise<GatewayError> {
  const error = await work.then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(GatewayError);
  return error;
}

const idsOf = ({ data }: { data: { id?: unknown }[] }) => data.map(({ id }) => id);

describe("a numbered page", () => {
  test("begins where the page before it ended, whatever was added above meanwhile", async () => {
    const shop = await newConsole();
    const ids = await openConversations(shop, 7);
    const page = (page: number) =>
      shop.admin.getList("conversations", { pagination: { page, perPage: 3 }, sort: newestFirst, filter: {} });
    expect(await page(1)).toMatchObject({ total: 7 });
    await openConversations(shop, 8);
    expect(idsOf(await page(2))).toEqual(ids.slice(3, 6));
    expect(idsOf(await page(3))).toEqual(ids.slice(6));
  });

  test("that was not reached page by page costs one request more, and none when it is asked for again", async () => {
    const shop = await newConsole();
    const ids = await openConversations(shop, 7);
    const page = async (currentPage: number) => {
      shop.sent.length = 0;
      const sorters = [{ field: "createdAt", order: "desc" as const }];
      const list = { resource: "conversations", pagination: { currentPage, pageSize: 2 }, sorters };
      return { ids: idsOf(await shop.refine.getList(list)), requests: shop.sent.length };
    };
    expect(await page(4)).toEqual({ ids: ids.slice(6), requests: 2 });
    expect(await page(3)).toEqual({ ids: ids.slice(4, 6), requests: 1 });
    expect(await page(4)).toEqual({ ids: ids.slice(6), requests: 1 });
    expect((await page(5)).ids).toEqual([]);
  });
});

describe("a list", () => {
  test("has filters and sort for react-admin and for Refine", async () => {
    const shop = await newConsole();
    const ids = await openConversations(shop, 3);
    const { data } = await shop.admin.getOne("conversations", { id: ids[1] as string });
    const from = data.createdAt;
    const byName = { field: "name", order: "ASC" } as const;
    const list = (filter: object) =>
      shop.admin.getList("conversations", { pagination: { page: 1, perPage: 10 }, sort: byName, filter });
    expect(idsOf(await list({ createdAt_gte: from, type: "DIRECT" }))).toEqual([ids[1], ids[0]]);
    expect(idsOf(await list({ q: "customer_3" }))).toEqual([ids[0]]);
    const found = await shop.refine.getList({
      resource: "conversations",
      sorters: [{ field: "name", order: "asc" }],
      filters: [
        { field: "createdAt", operator: "gte", value: from },
        { field: "q", operator: "contains", value: "inquiry" },
        { field: "name", operator: "ne", value: "Inquiry 2" },
      ],
    });
    expect(found).toMatchObject({ total: 1, totalIsExact: true, data: [{ id: ids[0], name: "Inquiry 3" }] });
    await expect(
      shop.refine.getList({ resource: "customers", filters: [{ field: "name", operator: "endswith", value: "3" }] }),
    ).rejects.toThrow("no filter endswith");
  });

  test("refers to customers, members, channels and messages, all by their ids", async () => {
    const shop = await newConsole();
    const { admin } = shop;
    const customer = { externalId: "jane" };
    const { data: top } = await admin.create("conversations", { data: { customer, channelIdentifier: "example.com" } });
    const data = { parentId: top.id, name: "Order #1042", customerId: top.customer.id };
    const { data: order } = await admin.create("conversations", { data });
    const of = { pagination: { page: 1, perPage: 10 }, filter: {} };
    const conversations = (target: string, id: string) =>
      admin.getManyReference("conversations", { ...of, target, id, sort: newestFirst });
    const { data: channels } = await admin.getList("channels", { ...of, sort: { field: "id", order: "ASC" } });
    expect(idsOf(await conversations("parentId", top.id))).toEqual([order.id]);
    expect(idsOf(await conversations("customerId", top.customer.id))).toEqual([order.id, top.id]);
    expect(idsOf(await conversations("channelId", channels[0].id))).toEqual([order.id, top.id]);
    const members = await admin.getList("members", { ...of, sort: { field: "name", order: "ASC" } });
    expect(members.total).toBe(2);
    const said = { conversationId: order.id, text: "Where is it?", visibility: "INTERNAL" };
    const { data: message } = await admin.create("messages", { data: said });
    const messages = {
      ...of,
      target: "conversationId",
      id: order.id,
      sort: { field: "number", order: "DESC" } as const,
    };
    expect(await admin.getManyReference("messages", messages)).toMatchObject({ total: 1, data: [{ id: message.id }] });
    const many = await shop.refine.getMany?.({ resource: "members", ids: [...idsOf(members)].reverse() as string[] });
    expect(many?.data).toEqual(members.data.toReversed());
    const strangers = await newConsole();
    expect(await strangers.admin.getMany("conversations", { ids: [top.id, order.id] })).toEqual({ data: [] });
    expect(await refusalOf(strangers.admin.getOne("conversations", { id: top.id }))).toMatchObject({ status: 404 });
  });
});

describe("a form", () => {
  test("sends what was changed, and what a colleague wrote meanwhile is not overwritten", async () => {
    const shop = await newConsole();
    const id = (await openConversations(shop, 1))[0] as string;
    const { data: shown } = await shop.admin.getOne("conversations", { id });
    const save = (provider: Console["admin"], change: object) =>
      provider.update("conversations", { id, data: { ...shown, ...change }, previousData: shown });
    const { data: saved } = await save(shop.colleague, { metadata: { priority: "high" } });
    expect(saved).toMatchObject({ name: "Inquiry 1", metadata: { priority: "high" }, revision: shown.revision + 1 });
    const refusal = await refusalOf(save(shop.admin, { name: "VIP customer support" }));
    expect(refusal).toMatchObject({
      code: "CONFLICT",
      reason: "STALE_REVISION",
      revision: saved.revision,
      status: 409,
    });
    expect(refusal.body.errors).toEqual({ root: { serverError: refusal.message } });
    const variables = { metadata: {}, revision: saved.revision };
    const { data } = await shop.refine.update({ resource: "conversations", id, variables });
    expect(data).toMatchObject({ metadata: {}, revision: saved.revision + 1 });
    shop.sent.length = 0;
    await shop.admin.update("conversations", { id, data, previousData: data as never });
    expect(shop.sent.filter((body) => body.includes("mutation"))).toEqual([]);
  });

  test("shows a refusal at the field that it is about", async () => {
    const shop = await newConsole();
    await openConversations(shop, 1);
    const { data: jane } = await shop.admin.create("customers", { data: { email: "jane@example.com", name: "Jane" } });
    const change = { name: "", email: "no address" };
    for (const [field, value] of Object.entries(change)) {
      const update = { id: jane.id, data: { ...jane, [field]: value }, previousData: jane };
      const { body, errors } = await refusalOf(shop.admin.update("customers", update));
      expect(Object.keys(errors)).toEqual([field]);
      expect(body.errors).toEqual(errors);
    }
    const wrong = { email: "no address" };
    const created = await refusalOf(shop.refine.create({ resource: "customers", variables: wrong }));
    expect(created).toMatchObject({ statusCode: 400, errors: { email: created.message } });
  });
});

describe("a deletion", () => {
  test("takes what stands below along only with cascade, and tells what blocks it", async () => {
    const shop = await newConsole();
    const id = (await openConversations(shop, 1))[0] as string;
    const { data: order } = await shop.colleague.create("conversations", { data: { parentId: id, name: "Order" } });
    const { data: shown } = await shop.admin.getOne("conversations", { id });
    expect(shown).toMatchObject({ viewerCanDelete: true, viewerCanDeleteTree: false });
    expect(await refusalOf(shop.admin.delete("conversations", { id }))).toMatchObject({ reason: "HAS_CHILDREN" });
    const meta = { cascade: true };
    const refusal = await refusalOf(shop.refine.deleteOne({ resource: "conversations", id, meta }));
    expect(refusal).toMatchObject({ reason: "LIFECYCLE_NOT_OWNED", blockedBy: [order.id], statusCode: 403 });
    await shop.colleague.delete("conversations", { id: order.id });
    expect(await shop.refine.deleteOne({ resource: "conversations", id, meta })).toEqual({ data: { id } });
    expect(await refusalOf(shop.admin.getOne("conversations", { id }))).toMatchObject({ code: "NOT_FOUND" });
  });

  test("of a message leaves its place, and its author may correct it before", async () => {
    const shop = await newConsole();
    const conversationId = (await openConversations(shop, 1))[0] as string;
    const data = { conversationId, text: "It leaves todaj.", idempotencyKey: randomUUID() };
    const { data: message } = await shop.admin.create("messages", { data });
    const change = { id: message.id, data: { text: "It leaves today." }, previousData: message };
    expect((await shop.admin.update("messages", change)).data).toMatchObject({ text: "It leaves today.", revision: 1 });
    expect((await shop.admin.delete("messages", { id: message.id })).data).toMatchObject({ text: "", number: 1 });
    await expect(shop.admin.delete("members", { id: "member_1" })).rejects.toThrow("no way to delete members");
  });
});
