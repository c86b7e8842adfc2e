import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { migrate } from "../../src/database/migrate.ts";
import { openDatabase } from "../../src/database/open.ts";
import { requireRights } from "../../src/database/require-rights.ts";
import { openDemo } from "../../src/demo/open-demo.ts";
import { createKey } from "../../src/keys/manage-keys.ts";
import { newDirectory, runProcess } from "../support/process.ts";
import { type Postgres, programs, startServer } from "./own-postgres.ts";

const directory = mkdtempSync(join(tmpdir(), "parley-tls-"));
const file = (name: string) => join(directory, name);
const read = (name: string) => readFileSync(file(name), "utf8");

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A CA of our own, and a certificate of it for the name localhost alone. */
function makeCertificates(): void {
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: directory, stdio: "ignore" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"];
  for (const name of ["ca", "other"])
    openssl("req", "-x509", ...key, "-keyout", `${name}.key`, "-out", `${name}.pem`, "-subj", `/CN=Parley ${name}`);
  openssl("req", ...key.slice(0, 5), "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost");
  writeFileSync(file("names"), "subjectAltName=DNS:localhost\n");
  const authority = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30", "-extfile", "names"];
  openssl("x509", "-req", "-in", "server.csr", "-out", "server.pem", ...authority);
}

const hba = `
local   all  all  trust
host    all  postgres  all  trust
hostssl all  secured   all  scram-sha-256
host    all  locked    all  scram-sha-256
host    all  owner     all  trust
host    all  server    all  trust
`;

describe.skipIf(!programs)("a start on PostgreSQL (needs the programs of a server)", () => {
  let server: Postgres;
  let sockets: string;
  afterAll(() => rmSync(sockets, { recursive: true, force: true }));
  beforeAll(async () => {
    makeCertificates();
    // The server's user makes its socket there.
    sockets = mkdtempSync(join(tmpdir(), "parley-sockets-"));
    chmodSync(sockets, 0o777);
    server = await startServer({
      more: [`unix_socket_directories=${sockets}`, "ssl=on", "ssl_cert_file=server.pem", "ssl_key_file=server.key"],
      files: { "server.pem": read("server.pem"), "server.key": read("server.key"), "pg_hba.conf": hba },
    });
    await asAdministrator(
      "postgres",
      ...["secured", "locked"].map((role) => `CREATE ROLE ${role} LOGIN SUPERUSER PASSWORD 'secret'`),
    );
  });

  const asAdministrator = async (database: string, ...statements: string[]) => {
    const client = new pg.Client({ connectionString: server.url.replace(/postgres$/, database) });
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
  };

  const urlOf = (who: string, { host = "localhost", database = "postgres", query = "" } = {}) =>
    `postgres://${who}@${host}:${server.port}/${database}${query}`;

  const open = async (databaseUrl: string) => {
    const { pool, close } = await openDatabase({ databaseUrl, dataDir: "", poolSize: 1 });
    const { rows } = await pool.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
    await close();
    return rows[0].ssl;
  };

  test("reaches a Unix socket as the user of the process, without any variable of the environment", async () => {
    await asAdministrator("postgres", `CREATE ROLE "${userInfo().username}" LOGIN SUPERUSER`);
    const env = { DATABASE_URL: `postgres:///postgres?host=${sockets}&port=${server.port}` };
    const migrated = await runProcess("src/commands/migrate.ts", [], env);
    expect(migrated).toMatchObject({ code: 0, stderr: "" });
    expect(migrated.stdout).toContain(
      `on PostgreSQL at ${sockets}:${server.port}, database postgres, schema public, as`,
    );
  });

  describe("over TLS", () => {
    const secured = (query: string, host?: string) => urlOf("secured:secret", { query: `?${query}`, host });

    test.each(["no-verify", "require"])("with sslmode=%s is encrypted, without a check of the server", async (mode) => {
      expect(await open(secured(`sslmode=${mode}`))).toBe(true);
      expect(await open(secured(`sslmode=${mode}`, "127.0.0.1"))).toBe(true);
    });

    test("with sslmode=verify-full is encrypted, and the server has the CA's certificate for its name", async () => {
      expect(await open(secured(`sslmode=verify-full&sslrootcert=${file("ca.pem")}`))).toBe(true);
    });

    test.each([
      ["verify-full with another CA", () => secured(`sslmode=verify-full&sslrootcert=${file("other.pem")}`)],
      ["verify-full without the CA", () => secured("sslmode=verify-full")],
      ["verify-full by another name", () => secured(`sslmode=verify-full&sslrootcert=${file("ca.pem")}`, "127.0.0.1")],
      ["verify-ca with another CA", () => secured(`sslmode=verify-ca&sslrootcert=${file("other.pem")}`)],
      ["require with another CA", () => secured(`sslmode=require&sslrootcert=${file("other.pem")}`)],
      ["a CA that is none", () => secured(`sslmode=verify-full&sslrootcert=${file("names")}`)],
    ])("is refused: %s", async (_, url) => {
      await expect(open(url())).rejects.toThrow(/^DATABASE_URL leads to no usable database: .+\.$/);
    });

    test("with sslmode=verify-ca is encrypted, and the server has the CA's certificate for any name", async () => {
      expect(await open(secured(`sslmode=verify-ca&sslrootcert=${file("ca.pem")}`, "127.0.0.1"))).toBe(true);
    });

    test("is refused without TLS where the server wants it, and not encrypted with sslmode=disable", async () => {
      await expect(open(secured("sslmode=disable"))).rejects.toThrow(/no pg_hba.conf entry .* no encryption\.$/);
      expect(await open(urlOf("locked:secret", { query: "?sslmode=disable" }))).toBe(false);
    });

    test("is told in one line, without a warning of a library, by the program", async () => {
      const env = { DATABASE_URL: secured("sslmode=verify-full"), PORT: "0" };
      const { code, stdout, stderr } = await runProcess("src/main.ts", [], env);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(/^DATABASE_URL leads to no usable database: .*certificate.*\.\n$/);
    });
  });

  test("without the password that the server wants ends at once, and says where to put it", async () => {
    const env = { DATABASE_URL: urlOf("locked"), PORT: "0" };
    expect(await runProcess("src/main.ts", [], env)).toEqual({
      code: 1,
      stdout: "",
      stderr:
        "DATABASE_URL leads to no usable database: the server wants a password. " +
        "Put it into the URL, postgres://user:password@host/database, or into PGPASSWORD.\n",
    });
    const created = ["create", "--workspace", "acme", "--integration", "website"];
    expect(await runProcess("src/keys/cli.ts", created, { ...env, PGPASSWORD: "secret" })).toMatchObject({ code: 0 });
  });

  test.each([
    ["a wrong password", () => urlOf("locked:wrong"), /password authentication failed for user "locked"/],
    ["no such database", () => urlOf("locked:secret", { database: "none" }), /database "none" does not exist/],
    ["no such host", () => urlOf("locked:secret", { host: "nowhere.invalid" }), /ENOTFOUND|EAI_AGAIN/],
    ["no such socket", () => "postgres:///parley?host=/nowhere", /ENOENT/],
  ])("is refused in one line: %s", async (_, url, problem) => {
    const failed = open(url());
    await expect(failed).rejects.toThrow(/^DATABASE_URL leads to no usable database: .+\.$/);
    await expect(failed).rejects.toThrow(problem);
    await expect(failed).rejects.not.toThrow(/secret|wrong/);
  });

  describe("with the least rights", () => {
    const documented =
      /## Rights[\s\S]*?```sql\n([\s\S]*?)```/.exec(readFileSync("docs/operating.md", "utf8"))?.[1] ?? "";
    const statements = documented
      .replaceAll(/^--.*$/gm, "")
      .replaceAll("parley_owner", "owner")
      .replaceAll("parley_server", "server")
      .replaceAll(/ PASSWORD '[^']*'/g, "");
    const [asSuperuser = "", inDatabase = ""] = statements.split("\\connect parley\n");

    test("as documented, one role migrates and another serves", async () => {
      for (const statement of asSuperuser.split(";\n").filter((each) => each.trim()))
        await asAdministrator("postgres", statement);
      await asAdministrator("parley", inDatabase);
      const owner = { databaseUrl: urlOf("owner", { database: "parley" }), dataDir: "", poolSize: 1 };
      const serving = { ...owner, databaseUrl: urlOf("server", { database: "parley" }) };

      const early = await openDatabase(serving);
      await expect(migrate(early.pool)).rejects.toThrow(
        "permission denied for schema public. docs/operating.md tells which rights the role needs.",
      );
      await early.close();

      const migrating = await openDatabase(owner);
      expect(await migrate(migrating.pool)).not.toEqual([]);
      await migrating.close();

      const { db, pool, close } = await openDatabase(serving);
      expect(await migrate(pool)).toEqual([]);
      await requireRights(pool);
      await createKey(db, { workspace: "acme", integration: "website", permissions: ["fullAccess"] });
      await openDemo(db, await newDirectory());
      await expect(pool.query("CREATE TABLE extra ()")).rejects.toThrow("permission denied for schema public");
      await asAdministrator("parley", 'REVOKE DELETE, UPDATE ON "Message" FROM server');
      await expect(requireRights(pool)).rejects.toThrow(
        'The role lacks rights. Its owner can give them: GRANT SELECT, INSERT, UPDATE, DELETE ON "Message" TO server;',
      );
      await close();
    });

    test("too few of them are told with the right that is missing", async () => {
      await asAdministrator("postgres", "CREATE DATABASE closed");
      await asAdministrator("closed", "GRANT CREATE ON SCHEMA public TO owner");
      const { pool, close } = await openDatabase({
        ...{ databaseUrl: urlOf("owner", { database: "closed" }), dataDir: "", poolSize: 1 },
      });
      await expect(migrate(pool)).rejects.toThrow(
        /permission denied to create extension "\w+"\. Must have CREATE privilege on current database to create this extension\. docs\/operating\.md tells/,
      );
      await close();
      const other = {
        databaseUrl: urlOf("owner", { database: "closed", query: "?schema=own" }),
        dataDir: "",
        poolSize: 1,
      };
      const opened = await openDatabase(other);
      await expect(migrate(opened.pool)).rejects.toThrow(
        "permission denied for database closed. docs/operating.md tells",
      );
      await opened.close();
    });
  });
});
