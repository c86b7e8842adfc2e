import { afterAll, describe, expect, test } from "vitest";
import { createReadinessCheck } from "../../src/database/readiness.ts";
import { openTestDatabase, testDatabase } from "../support/database.ts";
import { startGateway } from "../support/gateway.ts";

const closers: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closers) await close();
});

async function readHealth(origin: string, path: string) {
  const response = await fetch(`${origin}${path}`);
  return { status: response.status, type: response.headers.get("content-type"), body: await response.json() };
}

const type = "application/json; charset=utf-8";

describe("health", () => {
  test("is told without a key: the process runs, and is ready", async () => {
    const { origin } = await startGateway();
    for (const path of ["/livez", "/readyz"]) {
      expect(await readHealth(origin, path)).toEqual({ status: 200, type, body: { status: "ok" } });
      expect(await fetch(origin + path, { method: "HEAD" })).toMatchObject({ status: 200 });
    }
  });

  test("is not ready without a database, though alive, and says nothing internal", async () => {
    const lost = await openTestDatabase();
    const { origin } = await startGateway({ db: lost.db });
    await lost.close();
    const body = { status: "unavailable", failed: "database" };
    expect(await readHealth(origin, "/readyz")).toEqual({ status: 503, type, body });
    expect(await readHealth(origin, "/livez")).toMatchObject({ status: 200 });
  });

  test("is not ready while a migration of this version is missing or unfinished", async () => {
    const older = await openTestDatabase();
    closers.push(older.close);
    await older.db.$executeRaw`UPDATE "_prisma_migrations" SET "finished_at" = NULL`;
    expect(await createReadinessCheck(older.db)()).toBe("migrations");
    await older.db.$executeRaw`DROP TABLE "_prisma_migrations"`;
    expect(await createReadinessCheck(older.db)()).toBe("migrations");
  });

  test("stays ready when a newer version has migrated the database already", async () => {
    const newer = await openTestDatabase();
    closers.push(newer.close);
    await newer.db.$executeRaw`
      INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "finished_at") VALUES ('1', '', '9_newer', now())`;
    expect(await createReadinessCheck(newer.db)()).toBe("ok");
  });

  test("is not ready while it drains", async () => {
    const { origin, server } = await startGateway();
    server.prependOnceListener("request", () => server.close());
    const body = { status: "unavailable", failed: "draining" };
    expect(await readHealth(origin, "/readyz")).toEqual({ status: 503, type, body });
  });

  test("costs one statement, however many ask", async () => {
    const { db, countStatements } = await testDatabase();
    const check = createReadinessCheck(db, 60_000);
    const statements = await countStatements(async () => {
      await Promise.all(Array.from({ length: 20 }, check));
      await check();
    });
    expect(statements).toBe(1);
  });
});
