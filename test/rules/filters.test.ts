import { describe, expect, test } from "vitest";
import { testDatabase } from "../support/database.ts";
import { newWorkspace } from "../support/workspace.ts";

const lists = ["conversations", "customers"] as const;

/** The reasons for which a filter of each list is refused. */
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
