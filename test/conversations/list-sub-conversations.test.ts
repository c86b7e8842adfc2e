import { beforeAll, describe, expect, test } from "vitest";
import { newWorkspace } from "../support/workspace.ts";
import { idOf, newChain, run, unknownId } from "./operations.ts";

interface Args {
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
}

const variables = "$id: ID!, $first: Int, $after: String, $last: Int, $before: String";
const page = "first: $first, after: $after, last: $last, before: $before";
const selection = `{
  totalCount edges { cursor node { id name } } nodes { id name }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
}`;

/** The two ways to the list, and the size of a page when none is asked for. */
const ways = {
  listSubConversations: {
    usual: 30,
    document: `query (${variables}) { list: listSubConversations(parentId: $id, ${page}) ${selection} }`,
  },
  "Conversation.children": {
    usual: 10,
    document: `query (${variables}) { conversation(id: $id) { list: children(${page}) ${selection} } }`,
  },
};

type Workspace = Awaited<ReturnType<typeof newWorkspace>>;

/** A workspace with a parent of `count` children, named in the order of creation: a, b, c … */
async function newParent(count: number) {
  const ours = await newWorkspace();
  const [id = ""] = await newChain(ours, 1);
  const names = Array.from("abcdefghijklmnopqrstuvwxyz").slice(0, count);
  for (const name of names) await run(ours, "createSubConversation", { parentId: id, name });
  return { ...ours, id };
}

describe.each(Object.entries(ways))("%s", (_way, { usual, document }) => {
  let parent: Awaited<ReturnType<typeof newParent>>;
  let cursors: Record<string, string>;
  beforeAll(async () => {
    parent = await newParent(5);
    cursors = await cursorsOf(parent);
  });

  async function read(from: Workspace & { id: string }, args: Args) {
    const { data, errors } = await from.query(document, { id: from.id, ...args });
    return { list: (data?.conversation ?? data)?.list, error: errors?.[0]?.extensions };
  }

  async function cursorsOf(from: Workspace & { id: string }): Promise<Record<string, string>> {
    const { list } = await read(from, {});
    return Object.fromEntries(
      list.edges.map((edge: { cursor: string; node: { name: string } }) => [edge.node.name, edge.cursor]),
    );
  }

  /** The names on a page, with < for hasPreviousPage in front and > for hasNextPage behind. */
  async function show(from: Workspace & { id: string }, args: Args): Promise<string> {
    const { list, error } = await read(from, args);
    expect(error).toBeUndefined();
    const { hasPreviousPage, hasNextPage, startCursor, endCursor } = list.pageInfo;
    expect(startCursor).toBe(list.edges.at(0)?.cursor ?? null);
    expect(endCursor).toBe(list.edges.at(-1)?.cursor ?? null);
    expect(list.nodes).toEqual(list.edges.map(({ node }: { node: object }) => node));
    const names = list.nodes.map(({ name }: { name: string }) => name).join("");
    return `${hasPreviousPage ? "<" : ""}${names}${hasNextPage ? ">" : ""}`;
  }

  const at = ({ after, before, ...size }: Args): Args => ({
    ...size,
    ...(after && { after: cursors[after] }),
    ...(before && { before: cursors[before] }),
  });

  test.each<[string, Args]>([
    ["edcba", {}],
    ["edcba", { first: null, last: null, after: null, before: null }],
    ["edcba", { first: 5 }],
    ["edcba", { first: 100 }],
    ["ed>", { first: 2 }],
    [">", { first: 0 }],
    ["<ba", { after: "c" }],
    ["<cb>", { first: 2, after: "d" }],
    ["<cba", { first: 3, after: "d" }],
    ["<", { first: 2, after: "a" }],
    ["<>", { first: 0, after: "c" }],
    ["edcba", { last: 5 }],
    ["<ba", { last: 2 }],
    ["<", { last: 0 }],
    ["ed", { before: "c" }],
    ["<dc>", { last: 2, before: "b" }],
    ["edc>", { last: 3, before: "b" }],
    [">", { last: 2, before: "e" }],
    ["<>", { last: 0, before: "c" }],
    ["<dcb", { after: "e", before: "a" }],
    ["<dc>", { first: 2, after: "e", before: "a" }],
    ["<cb>", { last: 2, after: "e", before: "a" }],
    ["dcb>", { last: 3, after: "e", before: "a" }],
    ["<", { after: "b", before: "d" }],
  ])("gives %s for %j", async (expected, args) => {
    expect(await show(parent, at(args))).toBe(expected);
  });

  test("counts all children, on every page", async () => {
    for (const args of [{}, { first: 0 }, { last: 2 }, at({ after: "a" })])
      expect((await read(parent, args)).list.totalCount).toBe(5);
  });

  test(`gives ${usual} when no size is asked for, and 100 when asked`, async () => {
    const ours = await newWorkspace();
    const [id = ""] = await newChain(ours, 1);
    const row = {
      workspaceId: ours.caller.workspaceId,
      parentId: id.slice("conversation_".length),
      type: "GROUP" as const,
    };
    await ours.ctx.db.conversation.createMany({ data: Array.from({ length: 101 }, () => row) });
    for (const [args, size] of [
      [{}, usual],
      [{ first: 100 }, 100],
      [{ last: 100 }, 100],
    ] as const) {
      const { list } = await read({ ...ours, id }, args);
      expect([list.edges.length, list.totalCount]).toEqual([size, 101]);
    }
  });

  test("has only direct children", async () => {
    const ours = await newWorkspace();
    const [id = "", child] = await newChain(ours, 4);
    expect((await read({ ...ours, id }, {})).list.nodes).toMatchObject([{ id: child }]);
  });
});

describe("listSubConversations", () => {
  const errorOf = async (actor: Pick<Workspace, "query">, id: string) =>
    (await actor.query(ways.listSubConversations.document, { id })).errors?.[0]?.extensions;

  test("refuses an unknown parent and an id that is not a conversation's", async () => {
    const ours = await newWorkspace();
    const field = "parentId";
    expect(await errorOf(ours, unknownId("Conversation"))).toEqual({
      code: "NOT_FOUND",
      reason: "CONVERSATION",
      field,
    });
    for (const id of [idOf("Member", ours.member), "conversation_", "%"])
      expect(await errorOf(ours, id)).toEqual({ code: "BAD_USER_INPUT", reason: "INVALID_ID", field });
  });
});
