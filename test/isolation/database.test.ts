import { beforeAll, expect, test } from "vitest";
import { onCitus, testDatabase } from "../support/database.ts";
import { newWorld } from "./world.ts";

// The database itself: whatever the program does, no row points into another workspace.

interface ForeignKey {
  name: string;
  table: string;
  target: string;
  /** Column by column, what points at what. */
  columns: Record<string, string>;
}

let keys: ForeignKey[];
beforeAll(async () => {
  const { pool } = await testDatabase();
  const { rows } = await pool.query<ForeignKey>(
    `SELECT conname AS name, source.relname AS "table", target.relname AS target,
       json_object_agg(s.attname, t.attname) AS columns
     FROM pg_constraint k
     JOIN pg_class source ON source.oid = conrelid
     JOIN pg_class target ON target.oid = confrelid
     CROSS JOIN unnest(conkey, confkey) AS pair (s, t)
     JOIN pg_attribute s ON s.attrelid = conrelid AND s.attnum = pair.s
     JOIN pg_attribute t ON t.attrelid = confrelid AND t.attnum = pair.t
     WHERE contype = 'f' AND source.relnamespace = 'public'::regnamespace GROUP BY k.oid, conname, source.relname, target.relname ORDER BY conname`,
  );
  keys = rows;
});

test("every foreign key leads to the workspace, or through it", () => {
  const others = keys.filter(({ target }) => target !== "Workspace");
  expect(others.length).toBeGreaterThan(10);
  for (const { name, columns } of others) expect(columns, name).toMatchObject({ workspaceId: "workspaceId" });
});

test("every row knows its workspace, and every column that holds an id is a foreign key", async () => {
  const { pool } = await testDatabase();
  const { rows } = await pool.query(
    `SELECT table_name, column_name FROM information_schema.columns
     WHERE table_schema = 'public' AND data_type = 'uuid' AND column_name <> 'id' ORDER BY 1, 2`,
  );
  const keyed = keys.flatMap(({ table, columns }) => Object.keys(columns).map((column) => `${table}.${column}`));
  const columns: string[] = rows.map((row) => `${row.table_name}.${row.column_name}`);
  // An event names what may be gone by now, and nobody reads more of it than with the workspace's key.
  const named = columns.filter((column) => /^Event\.(?!workspaceId)/.test(column));
  expect(columns.filter((column) => !keyed.includes(column) && !named.includes(column))).toEqual([]);
  const tables = new Set(keys.map(({ table }) => table));
  for (const table of tables) expect(columns).toContain(`${table}.workspaceId`);
});

test("a row cannot be made to point at a record of another workspace", async () => {
  const { pool } = await testDatabase();
  const [us, them] = [await newWorld(), await newWorld()];
  for (const { name, table, target, columns } of keys.filter((key) => key.target !== "Workspace")) {
    const [column] = Object.entries(columns).find(([, to]) => to === "id") ?? [];
    const theirs = `SELECT id FROM "${target}" WHERE "workspaceId" = $1 LIMIT 1`;
    const own = `SELECT ctid FROM "${table}" WHERE "workspaceId" = $1 AND "${column}" IS NOT NULL LIMIT 1`;
    const update = `UPDATE "${table}" SET "${column}" = $2 WHERE "workspaceId" = $1 AND ctid = (${own})`;
    expect((await pool.query(own, [us.workspace.id])).rowCount, name).toBeGreaterThan(0);
    const [{ id }] = (await pool.query(theirs, [them.workspace.id])).rows;
    const refused = pool.query(update, [us.workspace.id, id]);
    // A message with replies is held by their foreign key as well, whichever of the two is checked first.
    const guards = keys.filter((key) => key.table === table && column && column in key.columns).map((key) => key.name);
    // On a shard, a constraint has the shard's number behind its name, and only the message has it.
    const named = new RegExp(`\\b(${guards.join("|")})${onCitus ? "_\\d+" : ""}\\b`);
    await expect(refused, name).rejects.toMatchObject({ code: "23503", message: expect.stringMatching(named) });
  }
});

test("a row cannot be inserted that points at a record of another workspace", async () => {
  const { pool } = await testDatabase();
  const [us, them] = [await newWorld(), await newWorld()];
  const { Conversation, Customer, Member, Integration, Channel } = them.records;
  const conversation = us.records.Conversation.id;
  const inserts: [string, string[]][] = [
    [`INSERT INTO "Conversation" ("workspaceId", type, "parentId") VALUES ($1, 'GROUP', $2)`, [Conversation.id]],
    [`INSERT INTO "Conversation" ("workspaceId", type, "customerId") VALUES ($1, 'GROUP', $2)`, [Customer.id]],
    [
      `INSERT INTO "Conversation" ("workspaceId", type, "ownerIntegrationId") VALUES ($1, 'GROUP', $2)`,
      [Integration.id],
    ],
    [
      `INSERT INTO "Participant" ("workspaceId", "conversationId", "memberId") VALUES ($1, $2, $3)`,
      [conversation, Member.id],
    ],
    [
      `INSERT INTO "Participant" ("workspaceId", "conversationId", "customerId") VALUES ($1, $2, $3)`,
      [conversation, Customer.id],
    ],
    [
      `INSERT INTO "Participant" ("workspaceId", "conversationId", "memberId") VALUES ($1, $2, $3)`,
      [Conversation.id, us.member.id],
    ],
    [`INSERT INTO "ConversationChannel" VALUES ($1, $2, $3)`, [conversation, Channel.id]],
    [`INSERT INTO "Message" ("workspaceId", "conversationId", text) VALUES ($1, $2, 'Hi')`, [Conversation.id]],
    [
      `INSERT INTO "Message" ("workspaceId", "conversationId", "authorMemberId", text) VALUES ($1, $2, $3, 'Hi')`,
      [conversation, Member.id],
    ],
  ];
  for (const [insert, ids] of inserts) {
    await expect(pool.query(insert, [us.workspace.id, ...ids]), insert).rejects.toMatchObject({ code: "23503" });
  }
});
