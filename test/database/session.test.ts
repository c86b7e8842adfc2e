import { describe, expect, test } from "vitest";
import { getOrCreateConversation } from "../../src/conversations/get-or-create-conversation.ts";
import { migrate } from "../../src/database/migrate.ts";
import { connect, openDatabase } from "../../src/database/open.ts";
import { prepareSession } from "../../src/database/session.ts";
import { createKey, listKeys } from "../../src/keys/manage-keys.ts";
import { newContext } from "../support/context.ts";
import { onPostgres } from "../support/database.ts";
import { newDatabase } from "../support/new-database.ts";
import { runProcess } from "../support/process.ts";

/** Settings of a server, a database or a role that would break dates, bytes, numbers, writes or lists. */
const hostile = {
  DateStyle: "German, DMY",
  IntervalStyle: "sql_standard",
  TimeZone: "America/St_Johns",
  bytea_output: "escape",
  extra_float_digits: "-10",
  standard_conforming_strings: "off",
  escape_string_warning: "off",
  backslash_quote: "off",
  transform_null_equals: "on",
  array_nulls: "off",
  client_encoding: "LATIN1",
  search_path: "nowhere",
  default_transaction_isolation: "serializable",
  default_transaction_read_only: "on",
  default_transaction_deferrable: "on",
  row_security: "off",
  gin_fuzzy_search_limit: "1",
  idle_session_timeout: "2000",
  statement_timeout: "1",
  lock_timeout: "1",
  idle_in_transaction_session_timeout: "1",
};

async function onDatabase(url: string, ...statements: string[]): Promise<void> {
  const { pool, close } = connect({ connectionString: url, max: 1 });
  for (const statement of statements) await pool.query(statement);
  await close();
}

async function settingsOf(url: string): Promise<Record<string, string>> {
  const { pool, close } = connect({ connectionString: url, max: 1 });
  const { rows } = await pool.query(
    "SELECT name, setting FROM pg_settings WHERE lower(name) = ANY ($1) OR name = 'jit' ORDER BY name",
    [Object.keys(hostile).map((name) => name.toLowerCase())],
  );
  await close();
  return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
}

const nameOf = (url: string) => new URL(url).pathname.slice(1);

/** Where the hostile settings are made. Each returns the URL to connect with. */
const ways = {
  "the database": async (url: string) => {
    await onDatabase(url, ...statements(`ALTER DATABASE "${nameOf(url)}"`));
    return url;
  },
  "the role": async (url: string) => {
    await onDatabase(url, ...statements(`ALTER ROLE CURRENT_USER IN DATABASE "${nameOf(url)}"`));
    return url;
  },
  "the URL": async (url: string) => {
    const given = new URL(url);
    given.searchParams.set("options", optionsOf(hostile));
    return given.href;
  },
};

function statements(subject: string): string[] {
  return Object.entries(hostile).map(([name, value]) =>
    name === "search_path" ? `${subject} SET search_path = ${value}` : `${subject} SET ${name} = '${value}'`,
  );
}

function optionsOf(settings: Record<string, string>): string {
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value.replaceAll(" ", "\\ ")}`)
    .join(" ");
}

describe.runIf(onPostgres)("the session of a connection", () => {
  test.each(Object.entries(ways))("is the program's own, whatever %s sets", { timeout: 120_000 }, async (_, set) => {
    const plain = await newDatabase();
    const expected = await settingsOf(plain);
    const databaseUrl = await set(plain);
    const changed = await settingsOf(databaseUrl);
    // These two only concern how SQL may be written, and the program writes none that they touch.
    for (const name of ["backslash_quote", "escape_string_warning"]) delete changed[name];
    expect(expected).toMatchObject(changed);

    const { db, pool, close } = await openDatabase({ databaseUrl, dataDir: "", poolSize: 2 });
    expect(await migrate(pool)).not.toEqual([]);
    const names = { workspace: "acme", integration: "website", permissions: ["fullAccess"] };
    const [expiresAt, now] = [new Date(Date.now() - 60_000), Date.now()];
    await createKey(db, { ...names, expiresAt });
    const [key] = await listKeys(db);
    expect(key).toMatchObject({ state: "expired", expiresAt });
    expect(Math.abs((key?.createdAt.getTime() ?? 0) - now)).toBeLessThan(60_000);
    const { workspaceId, memberId, id: integrationId } = await db.integration.findFirstOrThrow();
    const caller = { workspaceId, memberId, integrationId, permissions: new Set(["engage"] as const) };
    const input = { customer: { email: "jane@example.com" }, metadata: { "back\\slash'": [null, 0.1, "\\'"] } };
    const created = await getOrCreateConversation(newContext({ db, caller }), input);
    expect(created.conversation.metadata).toEqual(input.metadata);
    expect(await getOrCreateConversation(newContext({ db, caller }), input)).toMatchObject({ outcome: "REUSED" });
    await close();
  });

  test("is the program's own when PGOPTIONS says otherwise", { timeout: 120_000 }, async () => {
    const env = { DATABASE_URL: await newDatabase(), PGOPTIONS: optionsOf(hostile) };
    const names = ["--workspace", "acme", "--integration", "website", "--expires", "1m", "--json"];
    const made = await runProcess("src/keys/cli.ts", ["create", ...names], env);
    expect(made).toMatchObject({ code: 0, stderr: "" });
    const { key: _, ...info } = JSON.parse(made.stdout);
    const listed = await runProcess("src/keys/cli.ts", ["list", "--json"], env);
    expect(JSON.parse(listed.stdout)).toEqual([info]);
  });

  test("does not take a plain PostgreSQL for a cluster, whatever its schema is named", async () => {
    const { pool, close } = connect({ connectionString: await newDatabase() });
    const client = await pool.connect();
    expect(await prepareSession(client, "spread")).toBe(false);
    client.release(true);
    await close();
  });

  test("finds the tables in the schema that the URL names, beside those of another gateway in the same database", async () => {
    const plain = await newDatabase();
    const urls = [plain, `${plain}?schema=parley`, `${plain}?schema=Another_1`];
    const slugs: string[][] = [];
    for (const [i, databaseUrl] of urls.entries()) {
      const { db, pool, place, close } = await openDatabase({ databaseUrl, dataDir: "", poolSize: 1 });
      expect(place).toContain(["schema public,", "schema parley,", 'schema "Another_1",'][i]);
      expect(await migrate(pool)).not.toEqual([]);
      expect(await migrate(pool)).toEqual([]);
      await createKey(db, { workspace: `in-${i}`, integration: "website", permissions: ["fullAccess"] });
      slugs.push((await db.workspace.findMany()).map(({ slug }) => slug));
      const { workspaceId, memberId, id: integrationId } = await db.integration.findFirstOrThrow();
      const caller = { workspaceId, memberId, integrationId, permissions: new Set(["engage"] as const) };
      await getOrCreateConversation(newContext({ db, caller }), { customer: { email: "jane@example.com" } });
      expect(await db.conversation.count()).toBe(1);
      await close();
    }
    expect(slugs).toEqual([["in-0"], ["in-1"], ["in-2"]]);
  });
});

describe.runIf(onPostgres)("a start", () => {
  test.each(["LATIN1", "SQL_ASCII"])("is refused on a database whose encoding is %s", async (encoding) => {
    const url = await newDatabase(`ENCODING '${encoding}' LC_COLLATE 'C' LC_CTYPE 'C'`);
    const expected = `DATABASE_URL must lead to a database with the encoding UTF8; this one has ${encoding}. `;
    await expect(openDatabase({ databaseUrl: url, dataDir: "", poolSize: 1 })).rejects.toThrow(expected);
  });

  test("is refused where triggers, and so the counters and the guard of the tree, are off", async () => {
    const url = await newDatabase();
    await onDatabase(url, `ALTER DATABASE "${nameOf(url)}" SET session_replication_role = 'replica'`);
    await expect(openDatabase({ databaseUrl: url, dataDir: "", poolSize: 1 })).rejects.toThrow(
      "DATABASE_URL must lead to a database whose triggers run; here session_replication_role is replica, not origin.",
    );
  });
});
