import { describe, expect, test } from "vitest";
import { parseDatabaseUrl } from "../../src/database/database-url.ts";

const ca = "test/database/database-url.test.ts";

describe("a database URL", () => {
  test("names the schema of the tables as Prisma's do, or means public", () => {
    expect(parseDatabaseUrl("postgres://db/parley").schema).toBe("public");
    expect(parseDatabaseUrl("postgres://db/parley?schema=Own_1").schema).toBe("Own_1");
  });

  test.each([
    ["postgres:///parley?host=/run/postgresql", { host: "/run/postgresql", database: "parley" }],
    ["postgres://%2Frun%2Fpostgresql/parley", { host: "/run/postgresql", database: "parley" }],
    ["postgres://[::1]:5433/parley", { host: "::1", port: 5433 }],
    ["postgresql://us%40er:p%2Fw@db/par%20ley", { user: "us@er", password: "p/w", database: "par ley" }],
    ["postgres://db/parley?options=-c%20work_mem%3D8MB", { options: "-c work_mem=8MB" }],
    ["postgres://db/parley", { host: "db", port: undefined, ssl: false }],
  ])("leads where libpq goes: %s", (url, connection) => {
    expect(parseDatabaseUrl(url).connection).toMatchObject(connection);
  });

  test.each([
    ["disable", false],
    ["no-verify", { rejectUnauthorized: false }],
    ["require", { rejectUnauthorized: false }],
    ["verify-full", {}],
  ])("with sslmode=%s checks of the certificate what libpq checks", (sslmode, ssl) => {
    expect(parseDatabaseUrl(`postgres://db/parley?sslmode=${sslmode}`).connection.ssl).toEqual(ssl);
  });

  test("with a CA verifies it in every mode that is encrypted, and the host in verify-full alone", () => {
    const sslOf = (mode: string) =>
      parseDatabaseUrl(`postgres://db/parley?sslmode=${mode}&sslrootcert=${ca}`).connection.ssl;
    const authority = { ca: expect.any(String) };
    expect(sslOf("verify-full")).toEqual(authority);
    const anyHost = { ...authority, checkServerIdentity: expect.any(Function) };
    expect(sslOf("verify-ca")).toEqual(anyHost);
    expect(sslOf("require")).toEqual(anyHost);
  });

  test.each([
    ["connection_limit=5", "has the parameter connection_limit, but may have host, "],
    ["pgbouncer=true&socket_timeout=1", "has the parameter pgbouncer, socket_timeout, but may have host, "],
    ["statement_timeout=0", "has the parameter statement_timeout, but may have host, "],
    ["ssl=true", "has the parameter ssl, but may have host, "],
    ["sslmode=prefer", "must have an sslmode of disable, no-verify, require, verify-ca, verify-full."],
    [
      "sslmode=verify-ca",
      "must name the file with the certificate of the CA as sslrootcert when sslmode is verify-ca.",
    ],
    ["sslmode=verify-full&sslrootcert=/nowhere", "names the file /nowhere, which cannot be read: ENOENT."],
    ["schema=", "must have a schema of 1 to 63 letters, "],
    ['schema=a"b', "must have a schema of 1 to 63 letters, "],
    [`schema=${"a".repeat(64)}`, "must have a schema of 1 to 63 letters, "],
  ])("is refused with ?%s rather than used otherwise than meant", (query, problem) => {
    expect(() => parseDatabaseUrl(`postgres://user:secret@db/parley?${query}`)).toThrow(`DATABASE_URL ${problem}`);
    expect(() => parseDatabaseUrl(`postgres://user:secret@db/parley?${query}`)).not.toThrow("secret");
  });
});
