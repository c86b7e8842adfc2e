import { describe, expect, test } from "vitest";
import { conversationOf, idOf, newChain, newFamily, run } from "../conversations/operations.ts";
import { newWorkspace, withPermissions } from "../support/workspace.ts";

type Workspace = Awaited<ReturnType<typeof newWorkspace>>;

/** The fields asked for of the conversation with this id. */
async function read({ ask }: Pick<Workspace, "ask">, id: string | undefined, selection: string) {
  return (await ask(`query ($id: ID!) { conversation(id: $id) { ${selection} } }`, { id })).conversation;
}

const uuidOf = (id: string) => id.slice(id.indexOf("_") + 1);

describe("ancestors, parent and depth", () => {
  test("tell the way from the top down, at every one of 10 levels", async () => {
    const ours = await newWorkspace();
    const chain = await newChain(ours, 10);
    for (const [depth, id] of chain.entries())
      expect(await read(ours, id, "depth parent { id } ancestors { id }")).toEqual({
        depth,
        parent: depth === 0 ? null : { id: chain[depth - 1] },
        ancestors: chain.slice(0, depth).map((above) => ({ id: above })),
      });
  });

  test("are the same for every conversation of a page", async () => {
    const ours = await newWorkspace();
    const [top = "", child] = await newChain(ours, 2);
    await newChain(ours, 2, child);
    const { nodes } = await ours.ask(
      "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Conversation { depth ancestors { id } } } }",
      {
        ids: [child, top, child],
      },
    );
    const [below, above] = [
      { depth: 1, ancestors: [{ id: top }] },
      { depth: 0, ancestors: [] },
    ];
    expect(nodes).toEqual([below, above, below]);
  });
});

describe("counts", () => {
  test("are of direct children, own messages and participants, and follow every change", async () => {
    const { parent, ...ours } = await newFamily();
    const { db } = ours.ctx;
    const { workspaceId } = ours.caller;
    const counts = async () => (await read(ours, parent.id, "counts { children messages participants }")).counts;
    expect(await counts()).toEqual({ children: 0, messages: 0, participants: 2 });
    const [child = ""] = await newChain(ours, 3, parent.id);
    await newChain(ours, 1, parent.id);
    for (const id of [parent.id, parent.id, child])
      await db.message.create({ data: { workspaceId, conversationId: uuidOf(id), text: "Hello" } });
    const customer = { externalId: "visitor" };
    await run(ours, "getOrCreateConversation", { customer, memberIds: [idOf("Member", await ours.newMember())] });
    expect(await counts()).toEqual({ children: 2, messages: 2, participants: 3 });
    await run(ours, "deleteConversation", { id: child, cascade: true });
    await db.message.deleteMany({ where: { workspaceId } });
    await db.customer.deleteMany({ where: { workspaceId, externalId: "nobody" } });
    expect(await counts()).toEqual({ children: 1, messages: 0, participants: 3 });
  });
});

describe("participants", () => {
  test("are members and customers, in the order of joining, with the time", async () => {
    const { parent, ...ours } = await newFamily();
    const colleague = await ours.newActor();
    await run(colleague, "getOrCreateConversation", { customer: { externalId: "visitor" } });
    const { participants } = await read(
      ours,
      parent.id,
      `participants { totalCount nodes {
        id joinedAt actor { __typename ... on Member { id memberName: name } ... on Customer { id externalId } }
      } }`,
    );
    expect(participants).toMatchObject({
      totalCount: 3,
      nodes: [
        { actor: { __typename: "Member", id: idOf("Member", ours.member), memberName: ours.member.name } },
        { actor: { __typename: "Customer", id: parent.customer, externalId: "visitor" } },
        { actor: { __typename: "Member", id: idOf("Member", colleague.member) } },
      ],
    });
    const times = participants.nodes.map(({ joinedAt }: { joinedAt: string }) => Date.parse(joinedAt));
    expect(times).toEqual(times.toSorted());
  });

  test("are paged", async () => {
    const { parent, ...ours } = await newFamily();
    const page = await read(
      ours,
      parent.id,
      "participants(first: 1) { nodes { id } pageInfo { hasNextPage endCursor } }",
    );
    expect(page.participants).toMatchObject({ nodes: [{}], pageInfo: { hasNextPage: true } });
    const after = page.participants.pageInfo.endCursor;
    const next = await read(
      ours,
      parent.id,
      `participants(after: "${after}") { nodes { id } pageInfo { hasNextPage } }`,
    );
    expect(next.participants).toMatchObject({ nodes: [{}], pageInfo: { hasNextPage: false } });
    expect(next.participants.nodes).not.toEqual(page.participants.nodes);
  });
});

describe("messages and lastMessage", () => {
  const selection = `lastActivityAt lastMessage { text }
    messages { totalCount nodes { text createdAt conversation { id }
      author { __typename ... on Member { id } ... on Customer { id } } } }`;

  test("are newest first, by members, customers and nobody, without those of sub-conversations", async () => {
    const { parent, ...ours } = await newFamily();
    const { workspaceId } = ours.caller;
    const conversationId = uuidOf(parent.id);
    const [child = ""] = await newChain(ours, 1, parent.id);
    const data = [
      { workspaceId, conversationId, text: "Hello", authorCustomerId: uuidOf(parent.customer) },
      { workspaceId, conversationId, text: "How can I help?", authorMemberId: ours.member.id },
      { workspaceId, conversationId, text: "Jane left" },
      { workspaceId, conversationId: uuidOf(child), text: "Elsewhere", authorMemberId: ours.member.id },
    ];
    for (const message of data) await ours.ctx.db.message.create({ data: message });
    const { messages, lastMessage } = await read(ours, parent.id, selection);
    expect(lastMessage).toEqual({ text: "Jane left" });
    const conversation = { id: parent.id };
    expect(messages).toMatchObject({
      totalCount: 3,
      nodes: [
        { text: "Jane left", author: null, conversation },
        { text: "How can I help?", author: { __typename: "Member", id: idOf("Member", ours.member) }, conversation },
        { text: "Hello", author: { __typename: "Customer", id: parent.customer }, conversation },
      ],
    });
  });

  test("are none at first, and lastActivityAt follows them", async () => {
    const { parent, ...ours } = await newFamily();
    const before = await read(ours, parent.id, `createdAt ${selection}`);
    expect(before).toMatchObject({ lastMessage: null, messages: { totalCount: 0, nodes: [] } });
    expect(before.lastActivityAt).toBe(before.createdAt);
    const { workspaceId } = ours.caller;
    const createdAt = "2030-01-01T00:00:00.000Z";
    await ours.ctx.db.message.create({
      data: { workspaceId, conversationId: uuidOf(parent.id), text: "x", createdAt },
    });
    expect(await read(ours, parent.id, "lastActivityAt updatedAt")).toEqual({
      ...{ lastActivityAt: createdAt, updatedAt: before.createdAt },
    });
  });
});

describe("treeLastActivityAt", () => {
  const at = (hour: number) => `2030-01-01T0${hour}:00:00.000Z`;

  async function newTrees() {
    const { parent, ...ours } = await newFamily();
    const [top = ""] = await newChain(ours, 1);
    const [child = "", grandchild = ""] = await newChain(ours, 2, parent.id);
    const say = async (id: string, createdAt: string, visibility: "PUBLIC" | "INTERNAL" = "PUBLIC") => {
      const { workspaceId } = ours.caller;
      const data = { workspaceId, conversationId: uuidOf(id), text: "x", createdAt, visibility };
      await ours.ctx.db.message.create({ data });
    };
    const active = async (id: string) => (await read(ours, id, "treeLastActivityAt")).treeLastActivityAt;
    const move = (id: string, parentId: string | null) => run(ours, "updateConversation", { id, parentId });
    return { ...ours, parent, top, child, grandchild, say, active, move };
  }

  test("moves with each PUBLIC message in the conversation or below, never back, and is null below the top", async () => {
    const { parent, child, grandchild, say, active } = await newTrees();
    await say(parent.id, at(1));
    expect(await active(parent.id)).toBe(at(1));
    await say(grandchild, at(3));
    expect(await active(parent.id)).toBe(at(3));
    await say(child, at(2));
    await say(child, at(4), "INTERNAL");
    expect(await active(parent.id)).toBe(at(3));
    expect([await active(child), await active(grandchild)]).toEqual([null, null]);
  });

  test("moves when a sub-conversation is opened below", async () => {
    const { parent, child, active, ...ours } = await newTrees();
    const { createdAt } = await conversationOf(ours, "createSubConversation", { parentId: child });
    expect(await active(parent.id)).toBe(createdAt);
  });

  test("goes with a conversation that moves into another tree or to the top, and what is said below it", async () => {
    const { parent, top, child, grandchild, say, active, move } = await newTrees();
    await say(grandchild, at(2));
    await move(child, top);
    expect(await active(top)).toBe(at(2));
    await say(grandchild, at(3));
    expect([await active(top), await active(parent.id)]).toEqual([at(3), at(2)]);
    await move(child, null);
    expect(await active(child)).toBe(at(3));
    await say(grandchild, at(4));
    expect([await active(child), await active(top)]).toEqual([at(4), at(3)]);
    await move(top, grandchild);
    expect([await active(top), await active(child)]).toEqual([null, at(4)]);
  });
});

describe("viewerCanDelete", () => {
  test("is true for the owner with the permission, and for nobody else", async () => {
    const { parent, ...ours } = await newFamily();
    const canDelete = async (actor: Pick<Workspace, "ask">) =>
      (await read(actor, parent.id, "viewerCanDelete")).viewerCanDelete;
    expect(await canDelete(ours)).toBe(true);
    expect(await canDelete(withPermissions(ours, "read", "engage"))).toBe(false);
    expect(await canDelete(await ours.newActor())).toBe(false);
    const where = { id: uuidOf(parent.id) };
    await ours.ctx.db.conversation.updateMany({ where, data: { ownerIntegrationId: null } });
    expect(await canDelete(ours)).toBe(false);
    expect(await read(ours, parent.id, "owner { id }")).toEqual({ owner: null });
  });
});

describe("customer, owner and channels", () => {
  test("are what the conversation was made with", async () => {
    const { parent, ...ours } = await newFamily();
    const sub = await conversationOf(ours, "createSubConversation", { parentId: parent.id, channelIds: [] });
    const selection = "customer { externalId } owner { id name member { id } } channels { kind identifier }";
    const owner = { id: idOf("Integration", ours.integration), name: ours.integration.name };
    expect(await read(ours, parent.id, selection)).toEqual({
      customer: { externalId: "visitor" },
      owner: { ...owner, member: { id: idOf("Member", ours.member) } },
      channels: [{ kind: "WEBSITE", identifier: "example.com" }],
    });
    expect(await read(ours, sub.id, selection)).toMatchObject({ customer: null, owner, channels: [] });
  });
});
