import { beforeAll, describe, expect, test } from "vitest";
import { connectGateway } from "../../docs/consoles/gateway.ts";
import { dataProvider as reactAdmin } from "../../docs/consoles/react-admin.ts";
import { dataProvider as refine } from "../../docs/consoles/refine.ts";
import { serveGateway } from "../support/gateway.ts";
import { withKey } from "../support/with-key.ts";
import { newTeam } from "./tenant.ts";

let url: string;
beforeAll(async () => {
  ({ url } = await serveGateway());
});

// test/consoles.test.ts tests what the two providers share. These tests call each provider as its framework does, with its types.

/** A workspace, and both providers on it. */
async function newConsole() {
  const team = await newTeam();
  const connect = (key: string) => connectGateway(url, withKey(key));
  const admin = reactAdmin(connect(team.key));
  return { ...team, admin, refine: refine(connect(team.key)), colleague: reactAdmin(connect(team.otherKey)) };
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

const idsOf = ({ data }: { data: { id?: unknown }[] }) => data.map(({ id }) => id);

describe("a list", () => {
  const page = { pagination: { page: 1, perPage: 2 }, filter: {} };

  test("has pages and a total, in both frameworks", async () => {
    const shop = await newConsole();
    const ids = await openConversations(shop, 3);
    const { data, total } = await shop.admin.getList("conversations", { ...page, sort: newestFirst });
    expect({ ids: idsOf({ data }), total }).toEqual({ ids: ids.slice(0, 2), total: 3 });
    const sorters = [{ field: "createdAt", order: "desc" as const }];
    const pagination = { currentPage: 2, pageSize: 2 };
    const second = await shop.refine.getList({ resource: "conversations", pagination, sorters });
    expect({ ids: idsOf(second), total: second.total }).toEqual({ ids: ids.slice(2), total: 3 });
  });

  test("that is too long to be counted: react-admin is told of a next page, Refine gets a total of one more than was seen", async () => {
    const shop = await newConsole();
    await shop.addMembers(1_001);
    const many = { pagination: { page: 10, perPage: 100 }, filter: {}, sort: { field: "name", order: "ASC" } as const };
    const { data, ...rest } = await shop.admin.getList("members", many);
    expect(data).toHaveLength(100);
    expect(rest).toEqual({ pageInfo: { hasNextPage: true, hasPreviousPage: true } });
    const pagination = { currentPage: 10, pageSize: 100 };
    const seen = await shop.refine.getList({
      resource: "members",
      pagination,
      sorters: [{ field: "name", order: "asc" }],
    });
    expect(seen).toMatchObject({ total: 1_001, totalIsExact: false });
    const exported = { ...many, pagination: { page: 1, perPage: 1_000 } };
    expect((await shop.admin.getList("members", exported)).data).toHaveLength(1_000);
  });

  test("is filtered and sorted, in both frameworks", async () => {
    const shop = await newConsole();
    const ids = await openConversations(shop, 3);
    const { data } = await shop.admin.getOne("conversations", { id: ids[1] as string });
    const from = data.createdAt;
    const byName = { field: "name", order: "ASC" } as const;
    const list = (filter: object) =>
      shop.admin.getList("conversations", { pagination: { page: 1, perPage: 10 }, sort: byName, filter });
    expect(idsOf(await list({ createdAt_gte: from, type: "DIRECT" }))).toEqual([ids[1], ids[0]]);
    const name = (value: string) => ({ field: "name", operator: "eq" as const, value });
    const found = await shop.refine.getList({
      resource: "conversations",
      sorters: [{ field: "name", order: "asc" }],
      filters: [
        { field: "createdAt", operator: "gte", value: from },
        { operator: "or", value: [name("Inquiry 1"), name("Inquiry 3"), name("")] },
      ],
    });
    expect(found).toMatchObject({ total: 1, totalIsExact: true, data: [{ id: ids[0], name: "Inquiry 3" }] });
  });

  test("finds records by the ids of the customers, members, channels and conversations that they refer to", async () => {
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
    const said = { conversationId: order.id, text: "Where is it?", visibility: "INTERNAL" };
    const { data: message } = await admin.create("messages", { data: said });
    const sort = { field: "number", order: "DESC" } as const;
    const messages = { ...of, target: "conversationId", id: order.id, sort };
    expect(await admin.getManyReference("messages", messages)).toMatchObject({ total: 1, data: [{ id: message.id }] });
    const wanted = [order.id, top.id];
    expect(idsOf(await admin.getMany("conversations", { ids: wanted }))).toEqual(wanted);
    const many = await shop.refine.getMany?.({ resource: "conversations", ids: wanted });
    expect(many?.data.map(({ id }) => id)).toEqual(wanted);
  });
});

describe("a change", () => {
  test("is refused when a colleague was faster: react-admin sends previousData, Refine the revision", async () => {
    const shop = await newConsole();
    const id = (await openConversations(shop, 1))[0] as string;
    const { data: shown } = await shop.admin.getOne("conversations", { id });
    const save = (provider: Console["admin"], change: object) =>
      provider.update("conversations", { id, data: { ...shown, ...change }, previousData: shown });
    const { data: saved } = await save(shop.colleague, { metadata: { priority: "high" } });
    await expect(save(shop.admin, { name: "VIP" })).rejects.toMatchObject({ reason: "STALE_REVISION" });
    const rename = (revision: number) =>
      shop.refine.update({ resource: "conversations", id, variables: { name: "VIP", revision } });
    await expect(rename(shown.revision)).rejects.toMatchObject({ reason: "STALE_REVISION" });
    expect(await rename(saved.revision)).toMatchObject({ data: { name: "VIP", metadata: { priority: "high" } } });
  });

  test("of many records changes these and no others, and so does a deletion of many", async () => {
    const shop = await newConsole();
    const ids = await openConversations(shop, 3);
    const selected = ids.slice(0, 2);
    const metadata = { priority: "high" };
    expect(await shop.admin.updateMany("conversations", { ids: selected, data: { metadata } })).toEqual({
      data: selected,
    });
    const { data } = await shop.admin.getMany("conversations", { ids });
    expect(data.map((one) => one.metadata)).toEqual([metadata, metadata, {}]);
    expect(await shop.admin.deleteMany("conversations", { ids: selected })).toEqual({ data: selected });
    expect(idsOf(await shop.admin.getMany("conversations", { ids }))).toEqual(ids.slice(2));
  });

  test("deletes the conversations below only with cascade", async () => {
    const shop = await newConsole();
    const [first, second] = (await openConversations(shop, 2)) as [string, string];
    for (const parentId of [first, second]) await shop.admin.create("conversations", { data: { parentId } });
    const meta = { cascade: true };
    await expect(shop.admin.delete("conversations", { id: first })).rejects.toMatchObject({ reason: "HAS_CHILDREN" });
    expect(await shop.admin.delete("conversations", { id: first, meta })).toEqual({ data: { id: first } });
    const deletion = { resource: "conversations", id: second };
    await expect(shop.refine.deleteOne(deletion)).rejects.toMatchObject({ reason: "HAS_CHILDREN" });
    expect(await shop.refine.deleteOne({ ...deletion, meta })).toEqual({ data: { id: second } });
  });
});
