import { readFile } from "node:fs/promises";
import { afterEach, describe, expect, test, vi } from "vitest";
import { onPostgres, testDatabase } from "../support/database.ts";
import { newWorkspace } from "../support/workspace.ts";

afterEach(() => {
  vi.useRealTimers();
});

test("no model leaves an id or a time to the clock of the gateway", async () => {
  const schema = await readFile("prisma/schema.prisma", "utf8");
  expect(schema).not.toMatch(/@default\((now|uuid|cuid|ulid|nanoid)\(|@updatedAt/);
});

// The embedded database lives in this process, and with its clock.
test.runIf(onPostgres)("a gateway an hour behind stores the database's time everywhere", async () => {
  const { pool } = await testDatabase();
  const hour = 3_600_000;
  const start = Date.now();
  vi.useFakeTimers({ now: start - hour, toFake: ["Date"] });
  const { ask, caller } = await newWorkspace();
  const open = `mutation { getOrCreateConversation(input: { customer: { externalId: "late" }, channelIdentifier: "late.example.com" }) { conversation { id } } }`;
  const { id } = (await ask(open)).getOrCreateConversation.conversation;
  await ask(
    "mutation ($input: CreateSubConversationInput!) { createSubConversation(input: $input) { conversation { id } } }",
    { input: { parentId: id, name: "late" } },
  );
  await ask(
    "mutation ($input: UpdateConversationInput!) { updateConversation(input: $input) { conversation { id } } }",
    { input: { id, name: "late" } },
  );
  const times = await pool.query<{ table: string; column: string }>(
    `SELECT table_name AS "table", column_name AS "column" FROM information_schema.columns
     WHERE table_schema = current_schema() AND data_type LIKE 'timestamp%' AND is_nullable = 'NO' AND table_name !~ '^_'`,
  );
  expect(times.rows.length).toBeGreaterThan(10);
  for (const { table, column } of times.rows) {
    const workspace = table === "Workspace" ? "id" : `"workspaceId"`;
    const { rows } = await pool.query(`SELECT "${column}" AS time FROM "${table}" WHERE ${workspace} = $1`, [
      caller.workspaceId,
    ]);
    for (const { time } of rows) expect(time.getTime(), `${table}.${column}`).toBeGreaterThanOrEqual(start - 1_000);
  }
});

describe("ids", () => {
  test("200,000 in a row are in order, and of version 7 with the time of the database", async () => {
    const { pool } = await testDatabase();
    const { rows } = await pool.query(
      `SELECT count(*) FILTER (WHERE id <= before)::integer AS disordered, count(DISTINCT id)::integer AS different,
         count(*) FILTER (WHERE id::text !~ '^.{14}7.{4}[89ab]')::integer AS malformed,
         max(abs(extract(epoch FROM now()) * 1000 - ('x0000' || left(replace(id::text, '-', ''), 12))::bit(64)::bigint)) AS off
       FROM (SELECT id, lag(id) OVER (ORDER BY n) AS before FROM (SELECT n, uuid_v7() AS id FROM generate_series(1, 200000) n OFFSET 0) AS made) AS pairs`,
    );
    expect(rows[0]).toMatchObject({ disordered: 0, different: 200_000, malformed: 0 });
    expect(Number(rows[0].off)).toBeLessThan(60_000);
  });

  test.runIf(onPostgres)("of several sessions are in order, too, when one is made after another was seen", async () => {
    const { pool } = await testDatabase();
    const clients = await Promise.all([pool.connect(), pool.connect(), pool.connect()]);
    try {
      const ids: string[] = [];
      for (let n = 0; n < 900; n++) ids.push((await clients[n % 3]?.query("SELECT uuid_v7() AS id"))?.rows[0].id);
      expect(ids).toEqual(ids.toSorted());
    } finally {
      for (const client of clients) client.release();
    }
  });
});
