import { beforeAll, describe, expect, test } from "vitest";
import { connect } from "../../src/database/open.ts";
import { isUnavailable } from "../../src/database/unavailable.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

const errorOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

const raise = (state: string, message = "secret") =>
  `DO $$ BEGIN RAISE EXCEPTION '${message}' USING ERRCODE = '${state}'; END $$`;

describe("the database may well answer the same request later", () => {
  test.each(["08006", "53300", "53200", "57P01", "57P03", "57014", "55P03", "25006", "25P03", "40001", "40P01"])(
    "after SQLSTATE %s",
    async (state) => {
      expect(isUnavailable(await errorOf(database.db.$executeRawUnsafe(raise(state))))).toBe(true);
      expect(isUnavailable(await errorOf(database.pool.query(raise(state))))).toBe(true);
    },
  );

  test.each([
    ["XX000", "deadlock detected"],
    ["XX000", "failure on connection marked as essential: worker:5432"],
    ["XX000", "SSL SYSCALL error: EOF detected"],
    ["58030", "failed to COPY to shard 102038 on worker:5432"],
  ])("after %s of Citus, which says no more than: %s", async (state, message) => {
    const error = await errorOf(database.db.$executeRawUnsafe(raise(state, message)));
    expect(isUnavailable(error)).toBe(true);
  });

  test("when nobody listens where it should be", async () => {
    const { db, pool, close } = connect({ host: "127.0.0.1", port: 1, user: "nobody", database: "nothing" });
    expect(isUnavailable(await errorOf(db.workspace.findMany()))).toBe(true);
    expect(isUnavailable(await errorOf(pool.query("SELECT 1")))).toBe(true);
    await close();
  });

  test("when its socket is gone", async () => {
    const { db, close } = connect({ host: "/nowhere", user: "nobody", database: "nothing" });
    expect(isUnavailable(await errorOf(db.workspace.findMany()))).toBe(true);
    await close();
  });

  test("when PostgreSQL ends the session, for any reason", () => {
    const error = (severity: string) =>
      Object.assign(new Error("could not write init file"), { code: "XX000", severity });
    expect(isUnavailable(error("FATAL"))).toBe(true);
    expect(isUnavailable(error("PANIC"))).toBe(true);
    expect(isUnavailable(error("ERROR"))).toBe(false);
  });

  test("when a transaction has to wait too long for a connection", async () => {
    const { db } = database;
    const hold = { maxWait: 60_000, timeout: 60_000 };
    let settle = () => {};
    const settled = new Promise<void>((resolve) => {
      settle = resolve;
    });
    const holders = Array.from({ length: 20 }, () => db.$transaction(() => settled, hold));
    const error = await errorOf(db.$transaction((tx) => tx.workspace.count(), { maxWait: 1 }));
    settle();
    await Promise.all(holders);
    expect(isUnavailable(error)).toBe(true);
  });
});

describe("it never will", () => {
  test.each(["23505", "23514", "42601", "P0001"])("after SQLSTATE %s", async (state) => {
    expect(isUnavailable(await errorOf(database.db.$executeRawUnsafe(raise(state))))).toBe(false);
    expect(isUnavailable(await errorOf(database.pool.query(raise(state))))).toBe(false);
  });

  test.each([
    new Error("Connection failed"),
    new TypeError("x is not a function"),
    "Connection terminated",
    null,
    undefined,
  ])("after %s", (error) => expect(isUnavailable(error)).toBe(false));

  test("when a file is missing", async () => {
    const error = await errorOf(import("node:fs/promises").then(({ readFile }) => readFile("/nowhere/nothing")));
    expect(isUnavailable(error)).toBe(false);
  });

  test("because of an error that is its own cause", () => {
    const error = new Error("round");
    error.cause = error;
    expect(isUnavailable(error)).toBe(false);
  });
});
