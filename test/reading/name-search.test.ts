import { describe, expect, onTestFinished, test } from "vitest";
import { migrate } from "../../src/database/migrate.ts";
import { connect } from "../../src/database/open.ts";
import { onPostgres, testDatabase } from "../support/database.ts";
import { newDatabase } from "../support/new-database.ts";
import { planOf } from "../support/rows-scanned.ts";
import { newWorkspace } from "../support/workspace.ts";

const open = `mutation ($input: GetOrCreateConversationInput!) {
  getOrCreateConversation(input: $input) { outcome matchedBy conversation { id customer { id email } } }
}`;
const search = `query ($name: String) {
  conversations(filter: { name: $name }) { nodes { name } } customers(filter: { name: $name }) { nodes { name } }
}`;

/** The texts that are searched for, and the names in which they are found. */
const searches: [part: string, names: string[]][] = [
  ["vip", ["VIP INFO"]],
  ["VIP ", ["VIP INFO"]],
  ["info", ["VIP INFO"]],
  ["ärger", ["ÄRGER"]],
  ["RGE", ["ÄRGER"]],
  ["王伟", ["王伟"]],
  ["王", ["王伟", "王小明"]],
  ["小明", []],
  ["王小明", ["王小明"]],
  ["STRASSE", ["Hauptstraße 5"]],
  ["straße", ["Hauptstraße 5"]],
  ["müller", ["Mu\u0308ller"]],
  ["ОДЕСС", ["Одесса"]],
  ["ΠΑΠΑΔΟΠΟΥΛΟΣ", ["παπαδοπουλος"]],
  ["#10", ["Order #1042"]],
  ["%%%", []],
];
const names = [...new Set(searches.flatMap(([, found]) => found))];

async function populate(db?: Parameters<typeof newWorkspace>[0]) {
  const workspace = await newWorkspace(db);
  for (const [n, name] of names.entries()) {
    await workspace.ask(open, { input: { name, customer: { externalId: `user_${n}`, name } } });
  }
  return workspace;
}

type Actor = Awaited<ReturnType<typeof newWorkspace>>;

async function expectFound(workspace: Actor) {
  for (const [part, found] of searches) {
    const { conversations, customers } = await workspace.ask(search, { name: part });
    const shown = [conversations, customers].map(({ nodes }) =>
      nodes.map((node: { name: string }) => node.name).sort(),
    );
    expect({ part, shown }).toEqual({ part, shown: [[...found].sort(), [...found].sort()] });
  }
}

async function expectOneCustomer(workspace: Actor) {
  const outcomes = [];
  for (const email of ["INFO@Example.com", "info@example.com", "Info@EXAMPLE.COM", "info@example.com "]) {
    const { getOrCreateConversation: result } = await workspace.ask(open, { input: { customer: { email } } });
    outcomes.push(`${result.outcome} ${result.matchedBy}`);
  }
  expect(outcomes).toEqual(["CREATED null", ...Array(3).fill("REUSED EMAIL")]);
}

describe("in the database as it is", () => {
  test("a name is found by any three characters and by its beginning, however it is written", async () => {
    await expectFound(await populate());
  });

  test("an e-mail address names one customer, however it is written", async () => {
    await expectOneCustomer(await newWorkspace());
  });

  test.each(["vip", "王伟", "王", "ärger", "%%%", "- -", "😀😀😀"])(
    "an index finds the names with %s",
    async (part) => {
      const { pool } = await testDatabase();
      const { ask, caller } = await newWorkspace();
      await pool.query(
        `INSERT INTO "Conversation" ("workspaceId", type, name, "searchName")
       SELECT $1, 'GROUP', t, t FROM (SELECT md5(n::text) AS t FROM generate_series(1, 5000) n) AS numbers`,
        [caller.workspaceId],
      );
      await pool.query('VACUUM ANALYZE "Conversation"');
      const { recordQueries } = await testDatabase();
      const queries = await recordQueries(() =>
        ask("query ($name: String) { conversations(filter: { name: $name }) { nodes { id } } }", { name: part }),
      );
      const sent = queries.find(({ text }) => text.includes("searchName"));
      expect(await planOf(sent)).toContain("Conversation_name_search_idx");
    },
  );

  test.each(["customers", "conversations"])("an index finds the externalId of a customer for %s", async (list) => {
    const { pool, recordQueries } = await testDatabase();
    const { ask, caller } = await newWorkspace();
    await pool.query(
      `WITH made AS (
         INSERT INTO "Customer" ("workspaceId", "externalId") SELECT $1, 'KD-Ä' || n FROM generate_series(1, 5000) n RETURNING id
       ) INSERT INTO "Conversation" ("workspaceId", type, "customerId") SELECT $1, 'DIRECT', id FROM made`,
      [caller.workspaceId],
    );
    await pool.query('VACUUM ANALYZE "Customer"');
    await pool.query('VACUUM ANALYZE "Conversation"');
    for (const search of ["kd-Ä1742", "kd-1742"]) {
      const queries = await recordQueries(() => ask(`{ ${list}(filter: { search: "${search}" }) { nodes { id } } }`));
      const sent = queries.find(({ text }) => text.includes("externalId"));
      expect(await planOf(sent), search).toContain("Customer_search_idx");
    }
  });
});

describe.runIf(onPostgres)("in a database of another locale", () => {
  const locales = {
    C: "LOCALE 'C' ENCODING 'UTF8'",
    Turkish: "LOCALE_PROVIDER icu ICU_LOCALE 'tr' LOCALE 'C.UTF-8'",
    Lithuanian: "LOCALE_PROVIDER icu ICU_LOCALE 'lt' LOCALE 'C'  ENCODING 'UTF8'",
  };

  async function openLocale(locale: string) {
    const { db, pool, close } = connect({ connectionString: await newDatabase(locale), max: 2 });
    onTestFinished(close);
    return { db, pool };
  }

  test.each(Object.entries(locales))("%s: names and e-mail addresses are the same as everywhere", async (_, locale) => {
    const { db, pool } = await openLocale(locale);
    await migrate(pool);
    await expectFound(await populate({ db }));
    await expectOneCustomer(await newWorkspace({ db }));
  });
});
