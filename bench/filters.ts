import type { Context } from "../src/context.ts";
import { migrate } from "../src/database/migrate.ts";
import { connect } from "../src/database/open.ts";
import { encodeGlobalId } from "../src/global-id.ts";
import { listConversations } from "../src/reading/list-conversations.ts";
import type { PageArgs } from "../src/reading/page.ts";
import { SentTime } from "../src/rules/time.ts";
import { newContext } from "../test/support/context.ts";
import { dropDatabase, onServer } from "../test/support/postgres.ts";
import { rowsRead, scansOf } from "../test/support/query-plan.ts";

// Shows the rows that PostgreSQL reads for each filter and order of `conversations`, among 1,000,000 conversations of one workspace:
//
//   DATABASE_URL=postgresql://… [CONVERSATIONS=1000000] npx tsx bench/filters.ts
//
// Makes a database of its own on that server, fills it, explains the statements that the gateway really sends, and drops it.
// KEEP_DATABASE=name keeps it for the next run; PLANS=1 prints the plans. Rows returned are the page's 30 and one to know of the next,
// or the one row without a record that an empty page has.

const server = process.env.DATABASE_URL;
if (!server) throw new Error("DATABASE_URL has to name a server where databases may be created.");
const size = Number(process.env.CONVERSATIONS ?? 1_000_000);
const kept = process.env.KEEP_DATABASE;
const name = kept ?? `parley_filters_${process.pid}`;
const databaseUrl = new URL(server);
databaseUrl.pathname = `/${name}`;

interface Statement {
  text: string;
  values: unknown[];
}

const sent: Statement[] = [];
const { db, pool, close } = connectTo(databaseUrl.href);

function connectTo(connectionString: string) {
  const opened = connect({ connectionString, max: 1, statement_timeout: 0 }, { silenceMs: 0 });
  opened.pool.on("connect", (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => unknown;
    client.query = ((...args: [Statement]) => {
      // A search stands in a transaction, between statements that read nothing.
      if (typeof args[0] === "object" && args[0].text.includes('"Conversation"')) sent.push(args[0]);
      return query(...args);
    }) as typeof client.query;
  });
  return opened;
}

async function createDatabase(): Promise<boolean> {
  try {
    await onServer(server as string, `CREATE DATABASE "${name}"`);
    return true;
  } catch (error) {
    if (kept && (error as { code: string }).code === "42P04") return false;
    throw error;
  }
}

/** One workspace of `size` conversations, 70 in 100 at the top, and three of a twentieth of that. */
async function fill(): Promise<void> {
  const started = Date.now();
  const client = await pool.connect();
  try {
    // The triggers and keys cost most of the time and tell nothing here.
    await client.query("SET session_replication_role = replica; SET maintenance_work_mem = '512MB'");
    for (const [slug, rows] of [
      ["big", size],
      ["b", size / 20],
      ["c", size / 20],
      ["d", size / 20],
    ] as const) {
      for (const sql of statements)
        await client.query(sql.replaceAll(":slug", `'${slug}'`).replaceAll(":size", `${Math.round(rows)}`));
    }
    await client.query("RESET session_replication_role");
    await client.query("VACUUM ANALYZE");
  } finally {
    client.release();
  }
  console.log(`Filled in ${Math.round((Date.now() - started) / 1000)} s.`);
}

const w = `(SELECT id FROM "Workspace" WHERE slug = :slug)`;
/** The n-th id of a kind in a workspace; version 7, rising with n. */
const id = (kind: string, n: string) =>
  `(lpad(to_hex(1767225600000 + ${n}), 12, '0') || '7000a' || substr(md5(:slug || '${kind}' || ${n}), 1, 15))::uuid`;

const statements = [
  `INSERT INTO "Workspace" (slug, name) VALUES (:slug, :slug)`,
  `INSERT INTO "Member" (id, "workspaceId", name) SELECT ${id("member", "n")}, ${w}, 'member ' || n FROM generate_series(1, 50) n`,
  `INSERT INTO "Integration" (id, "workspaceId", "memberId", name)
   SELECT ${id("integration", "n")}, ${w}, ${id("member", "n")}, 'integration ' || n FROM generate_series(1, 5) n`,
  `INSERT INTO "Channel" (id, "workspaceId", kind, identifier)
   SELECT ${id("channel", "n")}, ${w}, 'WEBSITE', 'shop' || n || '.example.com' FROM generate_series(1, 20) n`,
  `INSERT INTO "Customer" (id, "workspaceId", "externalId", name, "searchName")
   SELECT ${id("customer", "n")}, ${w}, 'user_' || n, 'Customer ' || n, 'customer ' || n FROM generate_series(1, :size / 5) n`,
  // The first 70 in 100 stand at the top; below them 30 in 100: 1 in 100 under the first, the rest in hundreds.
  `INSERT INTO "Conversation"
     (id, "workspaceId", "parentId", "customerId", "ownerIntegrationId", type, name, metadata, "createdAt", "updatedAt", "lastActivityAt")
   SELECT ${id("conversation", "n")}, ${w},
     CASE WHEN n > top THEN ${id("conversation", "CASE WHEN n > :size * 99 / 100 THEN 1 ELSE (n - top - 1) / 100 + 2 END")} END,
     CASE WHEN n <= :size / 5 THEN ${id("customer", "n")} WHEN n > top THEN ${id("customer", "(n % (:size / 5) + 1)")} END,
     CASE WHEN n % 10000 = 0 THEN ${id("integration", "2")} WHEN n % 5 > 0 THEN ${id("integration", "1")} END,
     (CASE WHEN n % 50 = 0 THEN 'GROUP' ELSE 'DIRECT' END)::"ConversationType",
     CASE WHEN n % 3 > 0 THEN 'Order #' || n || CASE WHEN n % 20000 = 1 THEN ' zebra' ELSE '' END END,
     jsonb_build_object('source', CASE WHEN n % 10 < 7 THEN 'website-chat' ELSE 'phone' END, 'order', n)
       || CASE WHEN n % 1000 = 0 THEN '{"priority": "high"}' ELSE '{}' END::jsonb,
     timestamptz '2025-01-01Z' + n * interval '40 s', now(),
     timestamptz '2025-01-01Z' + n * interval '40 s' + (n::bigint * 7919 % 1000) * interval '1 h'
   FROM (SELECT n, :size * 7 / 10 AS top FROM generate_series(1, :size) n) AS numbers`,
  `UPDATE "Conversation" SET "searchName" = lower(name) WHERE "workspaceId" = ${w}`,
  // Member 1 is everywhere, member 2 in one of 20, member 3 in one of 100,000.
  `INSERT INTO "Participant" ("workspaceId", "conversationId", "memberId")
   SELECT ${w}, ${id("conversation", "n")}, ${id("member", "m")} FROM generate_series(1, :size) n
   CROSS JOIN LATERAL (VALUES (1, true), (2, n % 20 = 0), (3, n % 100000 = 0), (4 + n % 46, n % 4 = 0)) AS member (m, joins) WHERE joins`,
  // Channel 1 carries 60 in 100, channel 2 one of 10,000, the others the rest.
  `INSERT INTO "ConversationChannel" ("workspaceId", "conversationId", "channelId")
   SELECT ${w}, ${id("conversation", "n")},
     ${id("channel", "CASE WHEN n % 10 < 6 THEN 1 WHEN n % 10000 = 6 THEN 2 ELSE 3 + n % 18 END")} FROM generate_series(1, :size) n`,
];

interface Case {
  name: string;
  filter: object;
}

async function cases(): Promise<Case[]> {
  const one = async (type: string, kind: string, n: number) => {
    const { rows } = await pool.query(`SELECT ${id(kind, String(n)).replaceAll(":slug", "'big'")} AS id`);
    return encodeGlobalId(type, rows[0].id);
  };
  const at = (part: number, later = 0) => {
    const date = new Date(Date.UTC(2025, 0, 1) + size * part * 40_000 + later);
    return new SentTime(date.toISOString(), date);
  };
  const hour = 3_600_000;
  const member = (n: number) => one("Member", "member", n);
  const channel = (n: number) => one("Channel", "channel", n);
  const owner = (n: number) => one("Integration", "integration", n);
  return [
    { name: "–", filter: {} },
    { name: "parentId: 100 rows", filter: { parentId: await one("Conversation", "conversation", 7) } },
    { name: "parentId: 1 of 100", filter: { parentId: await one("Conversation", "conversation", 1) } },
    { name: "type: most", filter: { types: ["DIRECT"] } },
    { name: "type: 1 of 50", filter: { types: ["GROUP"] } },
    { name: "customerId", filter: { customerId: await one("Customer", "customer", 4321) } },
    { name: "customerExternalId", filter: { customerExternalId: "user_4321" } },
    { name: "customerExternalId: unknown", filter: { customerExternalId: "nobody" } },
    { name: "memberId: all", filter: { memberId: await member(1) } },
    { name: "memberId: 1 of 20", filter: { memberId: await member(2) } },
    { name: "memberId: 1 of 100,000", filter: { memberId: await member(3) } },
    { name: "memberId: nowhere", filter: { memberId: await member(51) } },
    { name: "channelId: 60 %", filter: { channelId: await channel(1) } },
    { name: "channelId: 1 of 10,000", filter: { channelId: await channel(2) } },
    { name: "channelIdentifier: 60 %", filter: { channelIdentifier: "shop1.example.com" } },
    { name: "channelIdentifier: 1 of 10,000", filter: { channelIdentifier: "shop2.example.com" } },
    { name: "channelIdentifier: unknown", filter: { channelIdentifier: "nowhere.example.com" } },
    { name: "ownerId: 80 %", filter: { ownerId: await owner(1) } },
    { name: "ownerId: 1 of 10,000", filter: { ownerId: await owner(2) } },
    { name: "ownerId: none", filter: { ownerId: await owner(3) } },
    { name: "name: 67 %", filter: { name: "order" } },
    { name: "name: 1 of 20,000", filter: { name: "zebra" } },
    { name: "name: one", filter: { name: "#654321" } },
    { name: "name: none", filter: { name: "giraffe" } },
    { name: "metadata: 70 %", filter: { metadata: { source: "website-chat" } } },
    { name: "metadata: 1 of 1,000", filter: { metadata: { priority: "high" } } },
    { name: "metadata: one", filter: { metadata: { order: 4321 } } },
    { name: "metadata: none", filter: { metadata: { source: "pigeon" } } },
    {
      name: "createdAt: an hour",
      filter: { createdAt: { from: at(0.3), to: at(0.3, hour) } },
    },
    { name: "createdAt: half", filter: { createdAt: { to: at(0.35) } } },
    {
      name: "lastActivityAt: an hour",
      filter: { lastActivityAt: { from: at(0.3), to: at(0.3, hour) } },
    },
    { name: "lastActivityAt: half", filter: { lastActivityAt: { from: at(0.35) } } },
    { name: "type and channel", filter: { types: ["GROUP"], channelIdentifier: "shop1.example.com" } },
    { name: "member and name", filter: { memberId: await member(2), name: "zebra" } },
    { name: "owner and metadata", filter: { ownerId: await owner(1), metadata: { priority: "high" } } },
  ];
}

const orders = [
  { field: "CREATED_AT", direction: "DESC" },
  { field: "CREATED_AT", direction: "ASC" },
  { field: "LAST_ACTIVITY_AT", direction: "DESC" },
  { field: "LAST_ACTIVITY_AT", direction: "ASC" },
] as const;

async function report(): Promise<void> {
  const workspace = await db.workspace.findUniqueOrThrow({ where: { slug: "big" } });
  const permissions = new Set(["read"] as const);
  const caller = { workspaceId: workspace.id, memberId: "", integrationId: "", permissions };
  // Each list is a request of its own, because the searches of one request have three seconds together.
  const newRequest = () => newContext({ db, caller });
  const rows: Row[] = [];
  for (const { name, filter } of await cases()) {
    for (const orderBy of orders) {
      const order = `${orderBy.field === "CREATED_AT" ? "created" : "active"} ${orderBy.direction}`;
      const args = { filter, orderBy };
      const first = await page(newRequest(), args);
      rows.push({ filter: name, order, ...(await explain(first.statement)) });
      const { hasNextPage, endCursor } = first.found.pageInfo;
      if (hasNextPage) {
        const next = await page(newRequest(), { ...args, after: endCursor });
        rows.push({ filter: name, order: `${order}, page 2`, ...(await explain(next.statement)) });
      }
      if (order !== "created DESC") continue;
      sent.length = 0;
      await first.found.total(10_000);
      rows.push({ filter: name, order: "totalCount", ...(await explain(sent.at(-1) as Statement)) });
    }
  }
  console.log("| filter | order | index | rows read | rows returned | ms |\n|---|---|---|---:|---:|---:|");
  for (const row of rows)
    console.log(`| ${[row.filter, row.order, row.indexes, row.read, row.returned, row.ms.toFixed(1)].join(" | ")} |`);
}

async function page(context: Context, args: PageArgs & { filter: object; orderBy: object }) {
  sent.length = 0;
  const found = await listConversations.resolve(undefined, args, context);
  return { found, statement: sent.at(-1) as Statement };
}

interface Row {
  filter: string;
  order: string;
  indexes: string;
  /** Rows and index entries looked at, returned or not. */
  read: number;
  returned: number;
  ms: number;
}

async function explain({ text, values }: Statement): Promise<Omit<Row, "filter" | "order">> {
  const { rows } = await pool.query({ text: `EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values });
  const { Plan: plan, "Execution Time": execution, "Planning Time": planning } = rows[0]["QUERY PLAN"][0];
  if (process.env.PLANS)
    console.log(
      (await pool.query({ text: `EXPLAIN (ANALYZE) ${text}`, values })).rows.map((r) => r["QUERY PLAN"]).join("\n"),
    );
  const leaves = scansOf(plan).filter((node) => node["Actual Loops"] > 0);
  const used = leaves.map((node) => node["Index Name"] ?? `${node["Relation Name"]} (all rows)`);
  return {
    indexes: [...new Set(used)].join(", "),
    read: Math.round(leaves.reduce((sum, node) => sum + rowsRead(node), 0)),
    returned: plan["Actual Rows"],
    ms: execution + planning,
  };
}

try {
  const fresh = await createDatabase();
  await migrate(pool);
  if (fresh) await fill();
  await report();
} finally {
  await close();
  if (!kept) await dropDatabase(server, name);
}
