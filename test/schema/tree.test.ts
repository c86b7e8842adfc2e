import { expect, test } from "vitest";
import { idOf, newChain, newFamily, run } from "../conversations/operations.ts";
import { testDatabase } from "../support/database.ts";
import { planOf } from "../support/rows-scanned.ts";
import { newWorkspace, withPermissions } from "../support/workspace.ts";

// The fields of a tree that a console asks for, and the fields of the payloads of changes to it.

test("descendants are the whole tree, flat, level by level with their depth, or down to a level", async () => {
  const { parent, ...ours } = await newFamily();
  const [a = "", b = ""] = await newChain(ours, 2, parent.id);
  const [c = ""] = await newChain(ours, 1, parent.id);
  const ask = async (id: string, args = "") => {
    const document = `query ($id: ID!) { conversation(id: $id) { descendants${args} { totalCount totalCountIsExact nodes { id depth } pageInfo { endCursor hasNextPage } } } }`;
    return (await ours.ask(document, { id })).conversation.descendants;
  };
  const all = await ask(parent.id);
  expect(all).toMatchObject({
    ...{ totalCount: 3, totalCountIsExact: true },
    nodes: [a, c, b].map((id) => ({ id, depth: id === b ? 2 : 1 })),
  });
  expect(await ask(parent.id, "(maxDepth: 1)")).toMatchObject({ totalCount: 2, nodes: [{ id: a }, { id: c }] });
  const first = await ask(parent.id, "(first: 2)");
  const next = await ask(parent.id, `(after: "${first.pageInfo.endCursor}")`);
  expect([first.pageInfo.hasNextPage, next.nodes]).toEqual([true, [{ id: b, depth: 2 }]]);
  const { errors } = await ours.query(`{ conversation(id: "${a}") { descendants(maxDepth: 10) { nodes { id } } } }`);
  expect(errors).toMatchObject([{ extensions: { reason: "OUT_OF_RANGE", field: "maxDepth" } }]);
});

test("customers, members and channels lead to their conversations", async () => {
  const { parent, ...ours } = await newFamily();
  const customerId = parent.customer as string;
  const order = await run(ours, "createSubConversation", { parentId: parent.id, customerId });
  const other = await run(ours, "getOrCreateConversation", {
    memberIds: [],
    type: "GROUP",
    customer: { externalId: "b" },
  });
  const document = `query ($customer: ID!, $member: ID!, $channel: ID!) {
    customer(id: $customer) { conversation { id } conversations { totalCount nodes { id } } }
    member: node(id: $member) { ... on Member { conversations { totalCount nodes { id } } } }
    channel: node(id: $channel) { ... on Channel { conversations { totalCount nodes { id } } } } }`;
  const variables = { customer: customerId, member: idOf("Member", ours.member), channel: parent.channels[0] };
  const { customer, member, channel } = await ours.ask(document, variables);
  const listed = (ids: string[]) => ({ totalCount: ids.length, nodes: ids.map((id) => ({ id })) });
  const both = [order.conversation.id, parent.id];
  expect(customer).toEqual({ conversation: { id: parent.id }, conversations: listed(both) });
  expect(member.conversations).toEqual(listed([other.conversation.id, ...both]));
  expect(channel.conversations).toEqual(listed(both));
});

test("the names in all alternatives of a filter are looked up by one statement", async () => {
  const { ask } = await newWorkspace();
  const { recordStatements } = await testDatabase();
  const or = ["a", "b", "c"].map((name) => ({ channelIdentifier: `${name}.example.com` }));
  const list = "query ($filter: ConversationFilter) { conversations(filter: $filter) { nodes { id } } }";
  const sent = await recordStatements(() => ask(list, { filter: { or } }));
  expect(sent.filter((text) => text.includes('"Channel"'))).toHaveLength(1);
});

test("the conversations of a channel are counted without a look at them", async () => {
  const { ask, newChannel } = await newWorkspace();
  const { recordQueries } = await testDatabase();
  const { id } = await newChannel();
  const count = `{ node(id: "${idOf("Channel", { id })}") { ... on Channel { conversations(first: 0) { totalCount } } } }`;
  const counting = (await recordQueries(() => ask(count))).find(({ text }) => text.includes("count(*)"));
  const plan = await planOf(counting);
  expect(plan).toContain("ConversationChannel");
  expect(plan).not.toMatch(/ on "Conversation(_\d+)?"/);
});

test("viewerCanUpdate and viewerCanDeleteTree tell which changes are allowed, and a refused cascade which conversations block it", async () => {
  const { parent, ...ours } = await newFamily();
  const [child = ""] = await newChain(ours, 1, parent.id);
  const may = async (actor: Pick<typeof ours, "ask">, id = parent.id) => {
    const document =
      "query ($id: ID!) { conversation(id: $id) { viewerCanUpdate viewerCanDelete viewerCanDeleteTree } }";
    return Object.values((await actor.ask(document, { id })).conversation);
  };
  expect(await may(ours)).toEqual([true, true, true]);
  expect(await may(withPermissions(ours, "read"))).toEqual([false, false, false]);
  const colleague = await ours.newActor();
  const [foreign = ""] = await newChain({ ...ours, ...colleague }, 1, child);
  expect(await may(ours)).toEqual([true, true, false]);
  expect(await may(colleague, foreign)).toEqual([true, true, true]);
  const remove = `mutation { deleteConversation(input: { id: "${parent.id}", cascade: true }) { deletedCount } }`;
  const { errors } = await ours.query(remove);
  expect(errors).toMatchObject([{ extensions: { reason: "LIFECYCLE_NOT_OWNED", blockedBy: [foreign] } }]);
});

test("of a tree of more than 1,000 conversations nobody is told whether it may be deleted, nor which ids were", async () => {
  const { parent, ...ours } = await newFamily();
  const { workspaceId, integrationId: ownerIntegrationId } = ours.caller;
  const parentId = parent.id.slice("conversation_".length);
  const child = { workspaceId, ownerIntegrationId, parentId, type: "GROUP" as const };
  const mayDelete = async () =>
    (await ours.ask(`{ conversation(id: "${parent.id}") { viewerCanDeleteTree } }`)).conversation.viewerCanDeleteTree;
  const remove = async (id: string) => {
    const document = `mutation { deleteConversation(input: { id: "${id}", cascade: true }) { deletedCount deletedIds } }`;
    return (await ours.ask(document)).deleteConversation;
  };
  await ours.ctx.db.conversation.createMany({ data: Array(999).fill(child) });
  expect(await mayDelete()).toBe(true);
  const { id } = await ours.ctx.db.conversation.create({ data: child });
  expect(await mayDelete()).toBeNull();
  expect(await remove(parent.id)).toEqual({ deletedCount: 1001, deletedIds: null });

  const [top = ""] = await newChain(ours, 1);
  const under = { ...child, parentId: top.slice("conversation_".length) };
  await ours.ctx.db.conversation.createMany({ data: Array(999).fill(under) });
  const { deletedCount, deletedIds } = await remove(top);
  expect([deletedCount, new Set(deletedIds).size]).toEqual([1000, 1000]);
  expect(await ours.ctx.db.conversation.count({ where: { workspaceId, id } })).toBe(0);
});

test("a refused cascade names the first ten of those that block it, those next to the top first", async () => {
  const { parent, ...ours } = await newFamily();
  const colleague = await ours.newActor();
  const children: string[] = [];
  for (let n = 0; n < 12; n++) children.push(...(await newChain({ ...ours, ...colleague }, 1, parent.id)));
  await newChain({ ...ours, ...colleague }, 1, children[0]);
  const remove = `mutation { deleteConversation(input: { id: "${parent.id}", cascade: true }) { deletedCount } }`;
  const { errors } = await ours.query(remove);
  expect(errors?.[0]?.extensions.blockedBy).toEqual(children.slice(0, 10));
});

test("payloads tell which parent a conversation left, and what was deleted from where, to those who may read", async () => {
  const { parent, ...ours } = await newFamily();
  const [child = "", grandchild = ""] = await newChain(ours, 2, parent.id);
  const [top = ""] = await newChain(ours, 1);
  const moved = (parentId: string) =>
    `mutation { updateConversation(input: { id: "${child}", parentId: "${parentId}" }) { previousParent { id counts { children } } } }`;
  const previousParent = { id: parent.id, counts: { children: 0 } };
  expect((await ours.ask(moved(top))).updateConversation).toEqual({ previousParent });
  expect((await ours.ask(moved(top))).updateConversation).toEqual({ previousParent: null });
  const remove = `mutation { deleteConversation(input: { id: "${child}", cascade: true }) { deletedIds parent { id counts { children } } } }`;
  const { data, errors } = await withPermissions(ours, "delete").query(remove);
  expect(new Set(data.deleteConversation.deletedIds)).toEqual(new Set([child, grandchild]));
  expect([data.deleteConversation.parent, errors?.[0]?.extensions.reason]).toEqual([null, "MISSING_PERMISSION"]);
});

test("a stale revision of a conversation is refused with the present one, and metadata is replaced when asked", async () => {
  const { parent, ...ours } = await newFamily();
  const document = `mutation ($input: UpdateConversationInput!) { updateConversation(input: $input) { conversation { revision metadata } } }`;
  const update = (input: object) => ours.query(document, { input: { id: parent.id, ...input } });
  const first = await update({ metadata: { a: 1, b: null }, expectedRevision: 0 });
  expect(first.data.updateConversation.conversation).toEqual({ revision: 1, metadata: { a: 1 } });
  const replaced = await update({ metadata: { c: null, d: 1 }, metadataMode: "REPLACE", expectedRevision: 1 });
  expect(replaced.data.updateConversation.conversation).toEqual({ revision: 2, metadata: { d: 1 } });
  const stale = await update({ name: "late", expectedRevision: 1 });
  expect(stale.errors).toMatchObject([
    { extensions: { reason: "STALE_REVISION", field: "input.expectedRevision", revision: 2 } },
  ]);
});

test("null in the metadata of a new conversation is what is absent, as a filter finds it", async () => {
  const { parent, ...ours } = await newFamily();
  const metadata = { assignee: null, nested: { a: null, b: [null] } };
  const created = await run(ours, "createSubConversation", { parentId: parent.id, metadata });
  expect(created.conversation.metadata).toEqual({ nested: { b: [null] } });
  const { id } = (await run(ours, "createSubConversation", { parentId: parent.id, metadata: { assignee: "x" } }))
    .conversation;
  const unassigned = async () => {
    const filter = { parentId: parent.id, metadata: { assignee: null } };
    const document = "query ($filter: ConversationFilter) { conversations(filter: $filter) { nodes { id } } }";
    return (await ours.ask(document, { filter })).conversations.nodes.map((node: { id: string }) => node.id);
  };
  expect(await unassigned()).toEqual([created.conversation.id]);
  await run(ours, "updateConversation", { id, metadata: { assignee: null } });
  expect(await unassigned()).toEqual([id, created.conversation.id]);
});
