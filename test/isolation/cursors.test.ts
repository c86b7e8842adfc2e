import { beforeAll, describe, expect, test } from "vitest";
import { revealed, secretsIn } from "./answers.ts";
import { type Connection, connections } from "./connections.ts";
import { contentsOf } from "./contents.ts";
import { named } from "./walk.ts";
import { newWorld, type World } from "./world.ts";

// Cursors of other workspaces' lists: as they are, and with what they name forged into our own.

let elder: World;
let us: World;
let younger: World;
beforeAll(async () => {
  [elder, us, younger] = [await newWorld(), await newWorld(), await newWorld()];
});

const forward = (cursor: string) => ({ first: 30, after: cursor });
const backward = (cursor: string) => ({ last: 30, before: cursor });

async function ask(connection: Connection, world: World, page: object = {}) {
  const { data, errors } = await world.query(connection.document, { id: world.idOf(connection.of), ...page });
  return { list: data?.list ?? data?.node?.list, errors };
}

async function cursorsOf(connection: Connection, world: World): Promise<string[]> {
  const { list } = await ask(connection, world);
  expect(list.edges).not.toEqual([]);
  return list.edges.map(({ cursor }: { cursor: string }) => cursor);
}

/** A cursor of the list that `own` is of, at the position that `foreign` names. */
function forged(own: string, foreign: string): string {
  const [ours, theirs] = [own, foreign].map((cursor) => Buffer.from(cursor, "base64url").toString().split(":"));
  return Buffer.from([...(ours?.slice(0, 3) ?? []), theirs?.at(3)].join(":")).toString("base64url");
}

test("the walk finds the lists at the root and below", () => {
  expect([...new Set(connections.map(({ place }) => place))].sort()).toMatchInlineSnapshot(`
    [
      "Channel.conversations",
      "Conversation.children",
      "Conversation.descendants",
      "Conversation.events",
      "Conversation.messages",
      "Conversation.participants",
      "Customer.conversations",
      "Member.conversations",
      "Message.replies",
      "Query.channels",
      "Query.conversations",
      "Query.customers",
      "Query.events",
      "Query.integrations",
      "Query.listSubConversations",
      "Query.members",
    ]
  `);
});

describe.each(named(connections))("%s", (_, connection) => {
  test("refuses the cursors of another workspace's list as INVALID_CURSOR", async () => {
    for (const them of [elder, younger]) {
      const secrets = secretsIn(await contentsOf(them));
      for (const cursor of await cursorsOf(connection, them)) {
        for (const page of [forward(cursor), backward(cursor), { before: cursor }, { last: 30, after: cursor }]) {
          const { list, errors } = await ask(connection, us, page);
          expect(list ?? null).toBeNull();
          expect(errors?.map(({ extensions }) => extensions.reason)).toEqual(["INVALID_CURSOR"]);
          expect(revealed(errors, secrets)).toEqual([]);
        }
      }
    }
  });

  test("takes a forged cursor as a position among our own records", async () => {
    const plain = await ask(connection, us);
    const [own = ""] = await cursorsOf(connection, us);
    for (const paged of [forward, backward]) {
      for (const them of [elder, younger]) {
        const [foreign = ""] = await cursorsOf(connection, them);
        const answer = await ask(connection, us, paged(forged(own, foreign)));
        expect(answer.errors).toBeUndefined();
        expect(revealed(answer, secretsIn(await contentsOf(them)))).toEqual([]);
        const { edges } = answer.list;
        const { totalCount, edges: all } = plain.list;
        expect(answer.list.totalCount).toBe(totalCount);
        expect(edges).toEqual(paged === forward ? all.slice(all.length - edges.length) : all.slice(0, edges.length));
      }
    }
  });
});
