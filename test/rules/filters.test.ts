import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hasTrigram } from "../../src/rules/trigram.ts";
import { onPostgres, testDatabase } from "../support/database.ts";
import { newWorkspace } from "../support/workspace.ts";

const lists = ["conversations", "customers"] as const;

/** What a filter of each list is refused for. */
async function refusals(filter: object) {
  const workspace = await newWorkspace();
  const { recordQueries } = await testDatabase();
  return Promise.all(
    lists.map(async (list) => {
      const type = list === "conversations" ? "ConversationFilter" : "CustomerFilter";
      const document = `query ($filter: ${type}) { list: ${list}(filter: $filter) { totalCount } }`;
      let answer: Awaited<ReturnType<typeof workspace.query>> | undefined;
      const sent = await recordQueries(async () => {
        answer = await workspace.query(document, { filter });
      });
      if (answer?.errors) expect(sent).toEqual([]);
      return answer?.errors?.[0]?.extensions;
    }),
  );
}

const bad = (reason: string, field: string) => ({ code: "BAD_USER_INPUT", reason, field });

describe("a filter that no index can help with is refused before any SQL", () => {
  test.each([
    { a: {} },
    { a: [] },
    { a: { b: {} } },
    { a: [[]] },
    { a: [{}] },
    { a: [1, {}] },
    { a: 1, b: {} },
    { a: { b: 1, c: [] } },
    { a: [[[1], []]] },
  ])("metadata %j", async (metadata) => {
    for (const refusal of await refusals({ metadata }))
      expect(refusal).toEqual(bad("FILTER_TOO_BROAD", "filter.metadata"));
    // Beside something that an index finds, it would still be compared with every row found.
    for (const refusal of await refusals({ metadata, name: "order" }))
      expect(refusal).toMatchObject({ reason: "FILTER_TOO_BROAD" });
  });

  test.each(["%%%", "___", "\\\\\\", "😀😀😀", " . . ", "- - -", "。。。", "?!?", "\u200d\u200d\u200d", "a%%"])(
    "the name %j",
    async (name) => {
      for (const refusal of await refusals({ name })) expect(refusal).toEqual(bad("FILTER_TOO_BROAD", "filter.name"));
    },
  );
});

describe("metadata to look for", () => {
  test.each([
    ["is at most 1 KiB", { a: "x".repeat(1016) }, { a: "x".repeat(1017) }, "METADATA_TOO_LARGE"],
    ["is counted in bytes", { a: "é".repeat(508) }, { a: "é".repeat(509) }, "METADATA_TOO_LARGE"],
    ["has at most 20 array items", { a: Array(20).fill(0) }, { a: Array(21).fill(0) }, "TOO_LONG"],
    [
      "has at most 20 items in all its arrays",
      { a: Array(10).fill(0), b: [{ c: Array(9).fill(0) }] },
      { a: Array(10).fill(0), b: [{ c: Array(10).fill(0) }] },
      "TOO_LONG",
    ],
  ])("%s", async (_, within, beyond, reason) => {
    expect(await refusals({ metadata: within })).toEqual([undefined, undefined]);
    for (const refusal of await refusals({ metadata: beyond })) expect(refusal).toEqual(bad(reason, "filter.metadata"));
  });

  test("is in all metadata when it is {}, and then costs no search", async () => {
    const workspace = await newWorkspace();
    await workspace.newCustomer({ externalId: "a", metadata: { a: 1 } });
    const { recordStatements } = await testDatabase();
    const ask = (filter: string) => workspace.ask(`{ customers(filter: {${filter}}) { totalCount } }`);
    const [plain, empty] = [
      await recordStatements(() => ask("")),
      await recordStatements(async () => expect(await ask("metadata: {}")).toEqual({ customers: { totalCount: 1 } })),
    ];
    expect(empty).toEqual(plain);
  });
});

test("a name is searched for only where the trigram index has an entry for it", async () => {
  const { pool } = await testDatabase();
  const client = await pool.connect();
  try {
    await client.query("CREATE TEMP TABLE named AS SELECT 'qqq'::text AS name FROM generate_series(1, 50)");
    await client.query("CREATE INDEX ON named USING gin (name gin_trgm_ops); SET enable_seqscan = off");
    /** Names that the index gives the database to look at, though none of them has the part. */
    const looked = async (part: string) => {
      const pattern = `%${part.replace(/[\\%_]/g, "\\$&")}%`;
      const { rows } = await client.query({
        text: "EXPLAIN (ANALYZE, FORMAT JSON) SELECT FROM named WHERE name ILIKE $1",
        values: [pattern],
      });
      return rows[0]["QUERY PLAN"][0].Plan.Plans[0]["Actual Rows"];
    };
    const characters = fc.constantFrom(..."ab1éß京कि%_\\ .-😀\u0301");
    const parts = fc.string({ unit: characters, minLength: 1, maxLength: 5 });
    let [searched, refused] = [0, 0];
    await fc.assert(
      fc.asyncProperty(parts, async (part) => {
        if (hasTrigram(part)) {
          searched++;
          expect(await looked(part), part).toBe(0);
        } else refused++;
      }),
      { numRuns: 300 },
    );
    expect(await looked("%%%")).toBe(50);
    expect([searched > 30, refused > 30]).toEqual([true, true]);
  } finally {
    client.release(true);
  }
});

describe.runIf(onPostgres)("a search that takes too long", () => {
  test("is ended by the database and refused, the rest of the request is answered, and no later search of it begins", async () => {
    const { pool, recordStatements } = await testDatabase();
    const workspace = await newWorkspace();
    const holder = await pool.connect();
    await holder.query(`BEGIN; LOCK TABLE "Customer"`);
    let answer: Awaited<ReturnType<typeof workspace.query>> | undefined;
    const sent = await recordStatements(async () => {
      answer = await workspace.query(
        `{ slow: customers(filter: {name: "order"}) { nodes { id } }
           later: customers(filter: {metadata: {a: 1}}) { nodes { id } }
           conversations { totalCount } }`,
      );
    });
    await holder.query("ROLLBACK");
    holder.release();
    expect(answer?.data).toEqual({ slow: null, later: null, conversations: { totalCount: 0 } });
    expect(answer?.errors?.map(({ path, extensions }) => [path, extensions])).toEqual([
      [["slow"], bad("SEARCH_TOO_SLOW", "filter")],
      [["later"], bad("SEARCH_TOO_SLOW", "filter")],
    ]);
    expect(sent.filter((sql) => sql.includes('"Customer"'))).toHaveLength(1);
    const { rows } = await pool.query("SHOW statement_timeout");
    expect(rows[0].statement_timeout).toBe("15s");
  });
});
