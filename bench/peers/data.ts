import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";

/** A database with the data of the bench, and the values for its operations. */
export interface Data {
  databaseUrl: string;
  /** Keys of the workspace that is measured and of the one whose lists grow. */
  keys: { measured: string; growth: string };
  workspaces: { measured: string; growth: string };
  /** The member of the measured key. */
  member: string;
  /** The parent of 10,000 children. */
  parent: string;
  /** Top-level conversations: those whose customer asks for them, and those that are updated. */
  customers: string[];
  conversations: string[];
  /** Conversations by the size of what they have. */
  children: Map<number, string>;
  messages: Map<number, string>;
}

type Slug = keyof Data["keys"];

/** Makes the database, unless it is there, by the migrations of the gateway in `directory`. */
export async function prepare(server: string, name: string, directory: string): Promise<Data> {
  const databaseUrl = new URL(server);
  databaseUrl.pathname = `/${name}`;
  await createDatabase(server, name);
  const keys = { measured: keyOf("measured", directory, databaseUrl), growth: keyOf("growth", directory, databaseUrl) };
  const pool = new pg.Pool({ connectionString: databaseUrl.href, max: 1, connectionTimeoutMillis: 5_000 });
  try {
    const { rows } = await pool.query("SELECT to_regclass('peers.conversation') IS NOT NULL AS filled");
    if (!rows[0].filled) {
      console.log(`Filling ${name}: about a minute.`);
      // One query is one transaction.
      await pool.query(["fill.sql", "peers.sql"].map(read).join("\n"));
    }
    await pool.query(
      `INSERT INTO peers.api_key SELECT hash, "workspaceId" FROM public."ApiKey" ON CONFLICT DO NOTHING`,
    );
    await pool.query("VACUUM ANALYZE");
    await pool.query("CHECKPOINT");
    return { databaseUrl: databaseUrl.href, keys, ...(await readTargets(pool)) };
  } finally {
    await pool.end();
  }
}

async function readTargets(pool: pg.Pool): Promise<Omit<Data, "databaseUrl" | "keys">> {
  const list = async (sql: string) => (await pool.query<{ value: string }>(sql)).rows.map((row) => row.value);
  const workspace = async (slug: Slug) =>
    (await list(`SELECT id AS value FROM "Workspace" WHERE slug = '${slug}'`))[0] as string;
  const workspaces = { measured: await workspace("measured"), growth: await workspace("growth") };
  const bySize = async (kind: string) => {
    const { rows } = await pool.query<{ id: string; name: string }>(
      `SELECT id, name FROM "Conversation" WHERE "workspaceId" = '${workspaces.growth}' AND name LIKE '${kind}-%' ORDER BY id`,
    );
    return new Map(rows.map(({ id, name }) => [Number(name.slice(kind.length + 1)), id]));
  };
  const top = `"Conversation" WHERE "workspaceId" = '${workspaces.measured}' AND "parentId" IS NULL`;
  const [member = ""] = await list(
    `SELECT id AS value FROM "Member" WHERE "workspaceId" = '${workspaces.measured}' AND name = 'Member 1'`,
  );
  return {
    workspaces,
    member,
    parent: (await list(`SELECT id AS value FROM ${top} AND name = 'children-10000'`))[0] as string,
    customers: Array.from({ length: 1000 }, (_, at) => `user_${at + 1}`),
    conversations: await list(`SELECT id AS value FROM ${top} AND substring(name, '\\d+')::int BETWEEN 1001 AND 2000`),
    children: await bySize("children"),
    messages: await bySize("messages"),
  };
}

/** Makes the workspace, too, and before all the tables. */
function keyOf(workspace: Slug, directory: string, databaseUrl: URL): string {
  const wanted = [
    "--workspace",
    workspace,
    "--integration",
    `bench ${Date.now()}`,
    "--member",
    "Member 1",
    "--permission",
    "fullAccess",
  ];
  const printed = execFileSync(process.execPath, ["dist/src/keys/cli.js", "create", "--json", ...wanted], {
    cwd: directory,
    env: { ...process.env, DATABASE_URL: databaseUrl.href },
    encoding: "utf8",
  });
  return JSON.parse(printed).key;
}

async function createDatabase(server: string, name: string): Promise<void> {
  try {
    await onServer(server, `CREATE DATABASE "${name}"`);
  } catch (error) {
    if ((error as { code?: string }).code !== "42P04") throw error;
  }
}

function read(file: string): string {
  return readFileSync(join(import.meta.dirname, file), "utf8");
}

export async function onServer(server: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}
