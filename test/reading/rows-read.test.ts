import { parse } from "graphql";
import pg from "pg";
import { beforeAll, describe, expect, test } from "vitest";
import { executeCompiled } from "../../src/compile/execute-compiled.ts";
import { adHoc } from "../../src/database/statement-names.ts";
import { eventCursorAt } from "../../src/events/event-order.ts";
import { readBatch } from "../../src/events/read-batch.ts";
import { encodeGlobalId } from "../../src/global-id.ts";
import { maxTree } from "../../src/reading/descendants.ts";
import { schema } from "../../src/schema/index.ts";
import { add, anotherParent, type List, lists, newPlace, type Place } from "../schema/lists.ts";
import { newContext } from "../support/context.ts";
import { onPostgres, type RecordedQuery, testDatabase } from "../support/database.ts";
import { nodesOf, type QueryPlan, rowsRead } from "../support/query-plan.ts";

// The rows that lists read, as PostgreSQL itself counts them: those of the page, and one more to know of the next page.

/** Of every list, and ten times as many messages. */
const size = 10_000;

/** The rows that each scan of the table looked at. */
function rowsScanned(plan: QueryPlan, table: string): number[] {
  return nodesOf(plan)
    .filter((node) => node["Relation Name"] === table)
    .map(rowsRead);
}

/** The plans of a statement: made for its values, and for any values, as PostgreSQL keeps them for named statements. */
async function explain({ text, values }: RecordedQuery): Promise<QueryPlan[]> {
  const { pool } = await testDatabase();
  const modes = text.includes(adHoc) ? ["custom"] : ["custom", "generic"];
  const client = await pool.connect();
  try {
    const plans: QueryPlan[] = [];
    for (const mode of modes) {
      await client.query(`SET plan_cache_mode = force_${mode}_plan`);
      await client.query(`PREPARE explained AS ${text}`);
      const given = values.length > 0 ? `(${values.map(literal).join(", ")})` : "";
      const { rows } = await client.query(`EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE explained${given}`);
      await client.query("DEALLOCATE explained; RESET plan_cache_mode");
      plans.push(rows[0]["QUERY PLAN"][0].Plan);
    }
    return plans;
  } finally {
    client.release();
  }
}

function literal(value: unknown): string {
  if (value === null) return "NULL";
  return pg.escapeLiteral(Array.isArray(value) ? `{${value.join()}}` : String(value));
}

/** Answers a document by one statement. */
async function askCompiled({ ctx }: Place, document: string, variableValues?: Record<string, unknown>) {
  const { compiled } = await executeCompiled({
    schema,
    document: parse(document),
    variableValues,
    contextValue: newContext(ctx),
  });
  expect(compiled, document).toBe(true);
}

/** The statements that answer a document: those of the resolvers, and the one of the compiler. */
async function statementsOf(place: Place, document: string, variables?: Record<string, unknown>) {
  const { recordQueries } = await testDatabase();
  const queries = await recordQueries(() => place.ask(document, variables));
  const [statement, ...others] = await recordQueries(() => askCompiled(place, document, variables));
  expect(others).toEqual([]);
  return [...queries, statement as RecordedQuery];
}

/** Most rows that one scan of the table touched while the document was answered. */
async function mostScanned(place: Place, table: string, document: string, variables?: Record<string, unknown>) {
  return mostScannedBy(await statementsOf(place, document, variables), table);
}

/** Most rows that one scan of the table touched in any plan of these statements: for their values, and for any values. */
async function mostScannedBy(queries: RecordedQuery[], table: string) {
  const plans = (await Promise.all(queries.map(explain))).flat();
  // No scan at all: where a total is a counter, a compiled statement reads none of what it counts.
  return Math.max(0, ...plans.flatMap((plan) => rowsScanned(plan, table)));
}

/** All but two: a tree is looked at as a whole, and events of some types are looked for among all events. */
const paged = lists.filter(({ field }) => field !== "Conversation.descendants" && field !== "Query.events");

describe.runIf(onPostgres)("rows read", () => {
  let place: Place;
  beforeAll(async () => {
    // A scan in the wrong order would walk through rows of others: some are older, some are newer.
    await fill(await newPlace(0), 2000);
    place = await newPlace(0);
    await fill(place, size);
    await fill(await newPlace(0), 2000);
    await place.pool.query("ANALYZE");
  }, 600_000);

  /** A hundred at a time: every message makes its conversation a new version, and a statement cannot drop those it made. */
  async function fill(where: Place, count: number) {
    for (const rows of new Set(lists.map((list) => list.rows))) {
      const wanted = rows.table === "Message" && count === size ? 10 * count : count;
      for (let added = 0; added < wanted; added += 100) {
        await add(where, rows, 100);
        // Without statistics, triggers and foreign keys may look a row up by another index than its own.
        if (added === 0) await where.pool.query(`ANALYZE "${rows.table}"`);
      }
    }
  }

  async function cursorInTheMiddle(list: List): Promise<string> {
    let after: string | null = null;
    for (let read = 0; read < size / 2; read += 100) {
      const page = list.ask(place, `first: 100, after: ${JSON.stringify(after)}`, "pageInfo { endCursor }");
      const data = await place.ask(`{ ${page} }`);
      after = (data.conversation ?? data.message ?? data.node ?? data).list.pageInfo.endCursor;
    }
    return after as string;
  }

  test.each(paged)("by a page of $name: no more than the page and one, wherever it starts", async (list) => {
    const middle = JSON.stringify(await cursorInTheMiddle(list));
    for (const page of [1, 30]) {
      const starts = [
        `first: ${page}`,
        `last: ${page}`,
        `first: ${page}, after: ${middle}`,
        `last: ${page}, before: ${middle}`,
      ];
      for (const args of starts) {
        const document = `{ ${list.ask(place, args, "edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage }")} }`;
        const most = await mostScanned(place, list.rows.table, document);
        expect(most, args).toBeGreaterThanOrEqual(page);
        expect(most, args).toBeLessThanOrEqual(page + 1);
      }
    }
  });

  test.each(paged.filter(({ field }) => field.startsWith("Conversation.")))(
    "by pages of $name of 50 conversations: no more than 50 pages and one each",
    async (list) => {
      const field = list.field.slice("Conversation.".length);
      const owner = ({ parentId, historyId }: Place) => (field === "events" ? historyId : parentId);
      const crowd = [owner(place)];
      while (crowd.length < 50) {
        const another = await anotherParent(place);
        await add(another, list.rows, 50);
        crowd.push(owner(another));
      }
      await place.pool.query(`ANALYZE "${list.rows.table}"`);
      const ids = crowd.map((id) => encodeGlobalId("Conversation", id));
      for (const args of ["first: 10", "last: 10"]) {
        const document = `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Conversation { ${field}(${args}) { nodes { id } } } } }`;
        const most = await mostScanned(place, list.rows.table, document, { ids });
        expect(most, args).toBeGreaterThanOrEqual(50 * 10);
        expect(most, args).toBeLessThanOrEqual(50 * 11);
      }
    },
  );

  /** The numbers of the first and the last internal event. Most events between them are internal, too. */
  async function internalEvents() {
    const { rows } = await place.pool.query(
      `SELECT min(number) AS first, max(number) AS last FROM "Event" WHERE "workspaceId" = $1 AND internal`,
      [place.caller.workspaceId],
    );
    return { first: BigInt(rows[0].first), last: BigInt(rows[0].last) };
  }

  test.each(["", "filter: { includeInternal: true }, "])(
    "by a page of all events where most are internal: %s",
    async (filter) => {
      const { first, last } = await internalEvents();
      const cursorAt = (number: bigint) => JSON.stringify(eventCursorAt(place.caller, number));
      for (const args of [`first: 30, after: ${cursorAt(first)}`, `last: 30, before: ${cursorAt(last)}`]) {
        const document = `{ events(${filter}${args}) { nodes { id number } } }`;
        const most = await mostScanned(place, "Event", document);
        expect(most, args).toBeGreaterThanOrEqual(30);
        expect(most, args).toBeLessThanOrEqual(31);
      }
    },
  );

  test.each([false, true])(
    "by a batch of a stream where most events are internal, which shows them: %s",
    async (includeInternal) => {
      const { recordQueries } = await testDatabase();
      const { first } = await internalEvents();
      const position = { after: first, caughtUp: false, news: true, shown: 0 };
      const queries = await recordQueries(async () => {
        const batch = await readBatch(newContext(place.ctx), { first: 30, filter: { includeInternal } }, position);
        expect(batch.nodes).toHaveLength(30);
      });
      expect(await mostScannedBy(queries, "Event")).toBe(30);
    },
  );

  test("by a page of a tree of 10,000: every conversation of the tree once, and those of the page a second time", async () => {
    const id = encodeGlobalId("Conversation", place.parentId);
    const document = `{ conversation(id: "${id}") { descendants(first: 30) { nodes { id type } } } }`;
    const plans = (await Promise.all((await statementsOf(place, document)).map(explain))).flat();
    const read = plans.map((plan) => rowsScanned(plan, "Conversation").reduce((sum, rows) => sum + rows, 0));
    expect(Math.max(...read)).toBeGreaterThanOrEqual(size + 30);
    // The conversation itself, too.
    expect(Math.max(...read)).toBeLessThanOrEqual(maxTree + 1 + 31 + 1);
  });

  test("by counts, totals and the last message of a conversation with 10,000 of each: none but itself and the message", async () => {
    const document = `query ($id: ID!) { conversation(id: $id) {
      counts { children messages participants } lastMessage { text }
      children(first: 0) { totalCount } messages(first: 0) { totalCount } participants(first: 0) { totalCount } } }`;
    const variables = { id: encodeGlobalId("Conversation", place.parentId) };
    for (const table of ["Conversation", "Message"]) {
      const most = await mostScanned(place, table, document, variables);
      expect(most, table).toBeGreaterThanOrEqual(1);
      expect(most, table).toBeLessThanOrEqual(2);
    }
    expect(await mostScanned(place, "Participant", document, variables)).toBeLessThanOrEqual(1);
  });
});
