import fc from "fast-check";
import { getNamedType, isObjectType } from "graphql";
import { beforeAll, describe, expect, test } from "vitest";
import { schema } from "../../src/schema/index.ts";
import { testDatabase } from "../support/database.ts";
import { compiledFirst, newWorkspace } from "../support/workspace.ts";
import { add, anotherParent, idsOf, type List, lists, newPlace, type Place, remove } from "./lists.ts";
import { type Args, referencePage } from "./relay-reference.ts";

// The Relay cursor connections specification, to the letter: https://relay.dev/graphql/connections.htm

const size = 33;
let place: Place;
/** The same workspace, another parent. */
let beside: Place;
let elsewhere: Place;
beforeAll(async () => {
  place = await newPlace(size);
  beside = await anotherParent(place);
  elsewhere = await newPlace(2);
});

/** A list of a record, one that is a tree, and lists of the workspace: by id, by number, by time, by a name that may be null. */
const oneOfEachKind = new Set([
  ...["children", "descendants", "members", "events"],
  ...["conversations by UPDATED_AT DESC", "conversations by NAME ASC"],
]);

const page = "edges { cursor node { id } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";

interface Connection {
  edges: { cursor: string; node: { id: string } }[];
  nodes: { id: string }[];
  pageInfo: PageInfo;
}

interface PageInfo {
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  startCursor: string | null;
  endCursor: string | null;
}

async function read(where: Place, list: List, args: object, selection = page) {
  const connection = list.ask(where, "first: $first, after: $after, last: $last, before: $before", selection);
  const document = `query ($first: Int, $after: String, $last: Int, $before: String) { ${connection} }`;
  const { data, errors } = await where.query(document, { ...args });
  return { connection: (data?.conversation ?? data?.message ?? data?.node ?? data)?.list, errors };
}

async function readPage(where: Place, list: List, args: object): Promise<Connection> {
  const { connection, errors } = await read(where, list, args);
  if (errors) throw new Error(JSON.stringify(errors));
  return connection;
}

async function cursorsOf(where: Place, list: List): Promise<string[]> {
  const { edges } = await readPage(where, list, { first: 100 });
  return edges.map(({ cursor }) => cursor);
}

/** Reads the page and expects what the reference says of a list of these rows, whose cursors were these. */
async function expectReference(where: Place, list: List, rows: (string | undefined)[], cursors: string[], args: Args) {
  const cursorAt = (position: number | null | undefined) =>
    typeof position === "number" ? cursors[position] : position;
  const { edges, nodes, pageInfo } = await readPage(where, list, {
    ...args,
    after: cursorAt(args.after),
    before: cursorAt(args.before),
  });
  const { ids, hasNextPage, hasPreviousPage } = referencePage(rows, args, list.field.startsWith("Query.") ? 30 : 10);
  expect({ args, ids: edges.map(({ node }) => node.id), pageInfo }).toEqual({
    args,
    ids,
    pageInfo: {
      hasNextPage,
      hasPreviousPage,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  });
  expect(nodes).toEqual(edges.map(({ node }) => node));
  expect(edges.map(({ cursor }) => cursor)).toEqual(ids.map((id) => cursors[rows.indexOf(id)]));
}

async function expectRefusal(list: List, args: object, field: string, reason: string) {
  const { connection, errors } = await read(place, list, args);
  const errorsSeen = errors?.map(({ extensions }) => extensions);
  expect({ args, errors: errorsSeen }).toEqual({ args, errors: [{ code: "BAD_USER_INPUT", field, reason }] });
  expect(connection ?? null).toBeNull();
}

const types = Object.values(schema.getTypeMap()).filter(isObjectType);

function fieldsOf(name: string) {
  const fields = types.find((type) => type.name === name)?.getFields() ?? {};
  return Object.fromEntries(Object.values(fields).map((field) => [field.name, String(field.type)]));
}

describe("the types", () => {
  const connectionFields = types.flatMap((type) =>
    Object.values(type.getFields())
      .filter((field) => getNamedType(field.type).name.endsWith("Connection"))
      .map((field) => ({ name: `${type.name}.${field.name}`, args: field.args })),
  );

  test("have a list of each kind in this file", () => {
    expect(lists.filter(({ name }) => oneOfEachKind.has(name))).toHaveLength(oneOfEachKind.size);
  });

  test("have no connection that this file does not page through", () => {
    expect(connectionFields.map(({ name }) => name).sort()).toEqual(
      [...new Set(lists.map(({ field }) => field))].sort(),
    );
  });

  test.each(connectionFields)("$name takes the four arguments", ({ args }) => {
    const taken = Object.fromEntries(args.map(({ name, type }) => [name, String(type)]));
    expect(taken).toMatchObject({ first: "Int", after: "String", last: "Int", before: "String" });
  });

  test.each(types.filter(({ name }) => name.endsWith("Connection")).map((type) => ({ type })))(
    "$type is a connection",
    ({ type }) => {
      const node = type.name.replace(/Connection$/, "");
      expect(fieldsOf(type.name)).toEqual({
        edges: `[${node}Edge!]!`,
        nodes: `[${node}!]!`,
        pageInfo: "PageInfo!",
        ...(node !== "Event" && { totalCount: "Int", totalCountIsExact: "Boolean" }),
      });
      expect(fieldsOf(`${node}Edge`)).toEqual({ cursor: "String!", node: `${node}!` });
    },
  );

  test("PageInfo has its four fields", () => {
    expect(fieldsOf("PageInfo")).toEqual({
      ...{ hasNextPage: "Boolean!", hasPreviousPage: "Boolean!" },
      ...{ startCursor: "String", endCursor: "String" },
    });
  });
});

describe.each(lists.filter(({ name }) => oneOfEachKind.has(name)))("$name", (list) => {
  test("agrees with the specification for every combination of arguments", async () => {
    const [ids, cursors] = [await idsOf(place, list), await cursorsOf(place, list)];
    const sizes: Args[] = [{}, ...[0, 1, 5, 100].flatMap((n) => [{ first: n }, { last: n, first: null }])];
    const positions = [undefined, 0, 7, ids.length - 1];
    for (const amount of sizes)
      for (const after of positions)
        for (const before of positions) await expectReference(place, list, ids, cursors, { ...amount, after, before });
  });
});

describe.each(lists)("$name", (list) => {
  let ids: string[];
  let cursors: string[];
  beforeAll(async () => {
    ids = await idsOf(place, list);
    cursors = await cursorsOf(place, list);
    expect(cursors.length).toBe(ids.length);
  });

  test("agrees with the specification for arguments at random", async () => {
    const amount = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.constantFrom(null, undefined));
    const position = fc.oneof(fc.nat({ max: ids.length - 1 }), fc.constantFrom(null, undefined));
    const either = fc.oneof(fc.record({ first: amount }), fc.record({ last: amount }));
    await fc.assert(
      fc.asyncProperty(either, position, position, (one, after, before) =>
        expectReference(place, list, ids, cursors, { ...one, after, before }),
      ),
      { numRuns: 40 },
    );
  });

  test("refuses first with last, and amounts outside 0 to 100", async () => {
    for (const before of [undefined, cursors[3]]) {
      await expectRefusal(list, { first: 1, last: 1, before }, "last", "FIRST_AND_LAST");
      await expectRefusal(list, { first: 0, last: 0, before }, "last", "FIRST_AND_LAST");
    }
    for (const amount of [-1, 101, 2 ** 31 - 1, -(2 ** 31)]) {
      await expectRefusal(list, { first: amount }, "first", "OUT_OF_RANGE");
      await expectRefusal(list, { last: amount }, "last", "OUT_OF_RANGE");
    }
  });

  test("refuses what is no cursor", async () => {
    const cursor = cursors[2] as string;
    const text = Buffer.from(cursor, "base64url").toString();
    const recoded = (change: string) => Buffer.from(change).toString("base64url");
    const malformed = [
      ...[" ", "null", "0", "%", "£", "\0", "\ud800", "a".repeat(100_000), ids[2] as string, text],
      ...[`${cursor}=`, ` ${cursor}`, cursor.slice(0, -1), cursor.slice(4), cursor.toUpperCase(), cursor + cursor],
      ...[`2${text.slice(1)}`, text.slice(1), `${text}:`, `${text}:1`, text.slice(0, -1), `${text}0`].map(recoded),
      ...[text.replace(/:[^:]*$/, ":"), text.replace(/:[^:]*$/, ":' OR true --")].map(recoded),
      recoded(text.replace(/:[^:]*$/, ":999999999999999999.0190e0a4-5c7e-7c3a-9d2b-6b1f0e3a9c11")),
      recoded(text.toUpperCase()),
      Buffer.from(text).toString("base64").padEnd(200, "="),
    ];
    // Another number is another position in a list that is ordered by numbers, and so is another text in one that is ordered by names.
    const kept = text.match(/^.*:[0-9a-f-]{36}\.(?=[^.]*$)|^.*:(?=\d+$)/)?.[0];
    const isPosition = (cursor: string) => {
      const changed = Buffer.from(cursor, "base64url").toString();
      if (kept === undefined || !changed.startsWith(kept) || recoded(changed) !== cursor) return false;
      return kept.endsWith(":") ? /^[1-9]\d*$/.test(changed.slice(kept.length)) : changed.length <= kept.length + 64;
    };
    for (const cursor of malformed.filter((one) => !isPosition(one))) {
      await expectRefusal(list, { after: cursor }, "after", "INVALID_CURSOR");
      await expectRefusal(list, { last: 3, before: cursor }, "before", "INVALID_CURSOR");
    }
  });

  test("refuses the cursors of every other list, of another parent and of another workspace", async () => {
    const others = lists.filter(({ rows, compare }) => rows !== list.rows || compare !== list.compare);
    const foreign = await Promise.all([
      ...others.map((other) => cursorsOf(place, other)),
      ...(list.rows.counter ? [cursorsOf(beside, list)] : []),
      cursorsOf(elsewhere, list),
    ]);
    for (const [cursor] of foreign) {
      await expectRefusal(list, { first: 2, after: cursor }, "after", "INVALID_CURSOR");
      await expectRefusal(list, { last: 2, before: cursor }, "before", "INVALID_CURSOR");
    }
  });

  test("counts only when asked, and a page of 30 in as many statements as one of 1", async () => {
    const { countStatements, recordStatements } = await testDatabase();
    const statements = await recordStatements(() => read(place, list, { first: 1, after: cursors[0] }));
    expect(statements.filter((sql) => /\bcounted\b/i.test(sql))).toEqual([]);
    // Events of some types are a search, which has a time limit, and for that a transaction of its own.
    if (compiledFirst) expect(statements).toHaveLength(list.name === "events" ? 4 : 1);
    expect(await countStatements(() => read(place, list, { last: 30, before: cursors[31] }))).toBe(statements.length);
    if (list.rows.uncounted) return;
    const counted = await countStatements(() => read(place, list, { first: 1 }, "totalCount"));
    expect(counted).toBe(statements.length + (list.rows.counter || compiledFirst ? 0 : 1));
    const { connection } = await read(place, list, { first: 0, after: cursors[3] }, "totalCount edges { cursor }");
    expect(connection).toEqual({ totalCount: ids.length, edges: [] });
  });
});

describe.each(lists)("$name, while its rows change", (list) => {
  test("continues from a cursor whose row is gone", async () => {
    const changing = await newPlace(12);
    const cursors = await cursorsOf(changing, list);
    const rows: (string | undefined)[] = await idsOf(changing, list);
    // Not the first three and not the last three of all: where the workspace's own records stand.
    for (const position of [3, 4, 7, cursors.length - 4]) {
      await remove(changing, list.rows, rows[position] as string);
      rows[position] = undefined;
    }
    for (const after of [3, 4, 6, 7, cursors.length - 4])
      for (const amount of [{ first: 2 }, { first: null, last: 2 }, { first: 100 }, {}])
        for (const at of [{ after }, { before: after }, { after: 3, before: after }])
          await expectReference(changing, list, rows, cursors, { ...amount, ...at });
  });

  test("neither repeats nor skips a row that was there all the time", async () => {
    const growing = await newPlace(9);
    const before = await idsOf(growing, list);
    const next = {
      forward: ({ hasNextPage, endCursor }: PageInfo) => hasNextPage && { first: 4, after: endCursor },
      backward: ({ hasPreviousPage, startCursor }: PageInfo) => hasPreviousPage && { last: 4, before: startCursor },
    };
    for (const argsAfter of Object.values(next)) {
      const seen: string[] = [];
      let args = argsAfter({ hasNextPage: true, hasPreviousPage: true, startCursor: null, endCursor: null });
      while (args) {
        const { nodes, pageInfo }: Connection = await readPage(growing, list, args);
        seen.push(...nodes.map(({ id }) => id));
        args = argsAfter(pageInfo);
        if (seen.length < 12) await add(growing, list.rows, 1);
      }
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen).toEqual(expect.arrayContaining(before));
    }
  });
});

test.each(lists.filter(({ rows }) => rows.counter))("$name of nothing is an empty page", async (list) => {
  const empty = await newPlace(0);
  for (const args of [{}, { first: 5 }, { last: 5 }, { first: 0 }, { last: 0 }])
    expect(await read(empty, list, args, `totalCount ${page}`)).toEqual({
      connection: {
        ...{ totalCount: 0, edges: [], nodes: [] },
        pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
      },
    });
});

test("a workspace's list may be empty", async () => {
  const empty = { ...(await newPlace(0)), ...(await newWorkspace()) };
  const list = lists.find(({ name }) => name === "customers") as List;
  expect((await readPage(empty, list, { last: 3 })).edges).toEqual([]);
  expect((await read(empty, list, {}, "totalCount")).connection).toEqual({ totalCount: 0 });
});

describe("a long list", () => {
  let crowded: Place;
  beforeAll(async () => {
    crowded = await newPlace(0);
  });

  const counted = lists.filter(({ rows, name }) => !rows.counter && !rows.uncounted && !/LAST|DESC/.test(name));
  test.each(counted)(
    "$name is counted up to 1,000, or as far as is asked, and tells whether that is all",
    async (list) => {
      const asked = `totalCount totalCountIsExact far: totalCount(atMost: 10000) all: totalCountIsExact(atMost: 10000)
      few: totalCount(atMost: 2) none: totalCount(atMost: 0) notAll: totalCountIsExact(atMost: 2)`;
      // Several lists have the same rows.
      const own = await newPlace(0);
      const totals = async () => (await read(own, list, { first: 1 }, asked)).connection;
      await add(own, list.rows, 1000 - (await idsOf(own, list)).length);
      const part = { few: 2, none: 0, notAll: false };
      expect(await totals()).toEqual({ totalCount: 1000, totalCountIsExact: true, far: 1000, all: true, ...part });
      await add(own, list.rows, 1);
      expect(await totals()).toEqual({ totalCount: 1000, totalCountIsExact: false, far: 1001, all: true, ...part });
    },
  );

  test.each([-1, 10_001])("is not counted up to %i", async (atMost) => {
    const { errors } = await crowded.query(`{ customers { totalCount(atMost: ${atMost}) nodes { id } } }`);
    expect(errors).toMatchObject([
      { path: ["customers", "totalCount"], extensions: { reason: "OUT_OF_RANGE", field: "atMost" } },
    ]);
  });

  test.each(lists.filter(({ rows }) => rows.counter))(
    "$name has a counter that is told whatever it is",
    async (list) => {
      await add(crowded, list.rows, 2);
      await crowded.pool.query(
        `UPDATE "Conversation" SET ("childrenCount", "messagesCount", "participantsCount") = (12345, 12345, 12345) WHERE id = $1`,
        [crowded.parentId],
      );
      await crowded.pool.query(`UPDATE "Message" SET "repliesCount" = 12345 WHERE id = $1`, [crowded.messageId]);
      const totals = (await read(crowded, list, {}, "totalCount totalCountIsExact(atMost: 5)")).connection;
      expect(totals).toEqual({ totalCount: 12_345, totalCountIsExact: true });
    },
  );
});
