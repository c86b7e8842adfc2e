import type { Socket } from "node:net";
import { beforeAll, describe, expect, test } from "vitest";
import type { FairPoolConfig } from "../../src/database/fair-pool.ts";
import { connect, openDatabase } from "../../src/database/open.ts";
import { isUnavailable } from "../../src/database/unavailable.ts";
import { connectAside, holdConversation, notOnCommit, onCommit, succeeds, unavailable, waiting } from "./in-process.ts";
import { freePort, programs, startPostgres } from "./own-postgres.ts";
import { startClient } from "./start-client.ts";
import { expectNothingLost, takeStock } from "./traffic.ts";
import { subConversation, topConversation } from "./writes.ts";

const short = 300;

describe.skipIf(!programs)("a fault of PostgreSQL (needs the server's programs)", () => {
  let url: string;
  beforeAll(async () => {
    ({ url } = await startPostgres());
  });

  const gatewayWith = async (limits: FairPoolConfig) => {
    const opened = connect({ connectionString: url, ...limits });
    return { ...(await startClient(opened)), ...opened };
  };

  test("every wait for a database is bounded", async () => {
    const { pool, close } = await openDatabase({ databaseUrl: url, dataDir: "", poolSize: 3, maxWaitSeconds: 20 });
    const { rows } = await pool.query(
      `SELECT name FROM pg_settings WHERE setting::integer BETWEEN 1 AND 20000
       AND name IN ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout')`,
    );
    expect(rows).toHaveLength(3);
    expect(pool.waitMs).toBe(20_000);
    expect(pool.options.connectionTimeoutMillis).toBeLessThanOrEqual(5_000);
    // Three that are kept for those who hold few, and that of readiness.
    expect(pool.options.max).toBe(3 + 3 + 1);
    expect(pool.options.keepAliveInitialDelayMillis).toBeLessThanOrEqual(10_000);
    const client = await pool.connect();
    const socket = client.connection.stream as Socket;
    expect(socket.timeout).toBeGreaterThan(15_000);
    expect(socket.timeout).toBeLessThanOrEqual(20_000);
    client.release();
    expect(socket.timeout).toBe(0);
    await close();
  });

  test("a database that is away is refused at once", async () => {
    const connectionString = `postgres://nobody@127.0.0.1:${await freePort()}/nothing`;
    // A request that waited for this would outlast the test.
    const { db, close } = connect({ connectionString, connectionTimeoutMillis: 600_000 });
    await expect(db.workspace.count()).rejects.toSatisfy(isUnavailable);
    await expect(db.$transaction((tx) => tx.workspace.count())).rejects.toSatisfy(isUnavailable);
    await close();
  });

  test("an idle connection that is lost is reported, and a held one that is lost does not crash the process", async () => {
    const lost: Error[] = [];
    const { pool, close } = connect({ connectionString: url }, { log: (error) => lost.push(error) });
    const aside = await connectAside(url);
    const [held, idle] = await Promise.all([pool.connect(), pool.connect()]);
    idle.release();
    const ended = new Promise<void>((resolve) => held.on("end", resolve));
    await aside.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'parley'");
    await expect.poll(() => lost).toEqual([expect.toSatisfy(isUnavailable)]);
    await ended;
    await expect(held.query("SELECT 1")).rejects.toSatisfy(isUnavailable);
    held.release();
    expect(pool.totalCount).toBe(0);
    await close();
  });

  test("a connection that is lost in a transaction rolls all of it back", async () => {
    const gateway = await gatewayWith({ max: 2 });
    const aside = await connectAside(url);
    const before = await takeStock(aside);
    const hold = await holdConversation(url, gateway.parentId);
    const write = subConversation("cut", gateway.parentId);
    const answer = gateway.send(write);
    const [pid] = await waiting(aside, 1);
    await aside.query("SELECT pg_terminate_backend($1)", [pid]);
    expect(await answer).toEqual(unavailable);
    await hold.release();
    expect(await takeStock(aside)).toEqual(before);
    await succeeds(() => gateway.send(write));
  });

  test("a connection lost while it commits is no success", async () => {
    const gateway = await gatewayWith({ max: 2 });
    const aside = await connectAside(url);
    const before = await takeStock(aside);
    await onCommit(aside, "PERFORM pg_advisory_xact_lock(1)");
    await aside.query("SELECT pg_advisory_lock(1)");
    const write = subConversation("cut-at-commit", gateway.parentId);
    const answer = gateway.send(write);
    const [pid] = await waiting(aside, 1);
    await aside.query("SELECT pg_terminate_backend($1)", [pid]);
    expect(await answer).toEqual(unavailable);
    await notOnCommit(aside);
    expect(await takeStock(aside)).toEqual(before);
    await succeeds(() => gateway.send(write));
  });

  test.each(["53100", "53200"])("SQLSTATE %s at COMMIT, as of a full disk or memory, is no success", async (state) => {
    const gateway = await gatewayWith({ max: 2 });
    const aside = await connectAside(url);
    const before = await takeStock(aside);
    await onCommit(aside, `RAISE EXCEPTION 'could not extend file' USING ERRCODE = '${state}'`);
    const write = subConversation(`no-room-${state}`, gateway.parentId);
    expect(await gateway.send(write)).toEqual(unavailable);
    await notOnCommit(aside);
    expect(await takeStock(aside)).toEqual(before);
    await succeeds(() => gateway.send(write));
  });

  test("a pool with every connection busy refuses, and serves again when one is free", async () => {
    const gateway = await gatewayWith({ max: 1, waitMs: short });
    const hold = await holdConversation(url, gateway.parentId);
    const write = gateway.send(subConversation("busy", gateway.parentId));
    await waiting(await connectAside(url), 1);
    const surplus = Array.from({ length: 10 }, (_, i) => gateway.send(topConversation(`surplus-${i}`)));
    expect(await Promise.all(surplus)).toEqual(surplus.map(() => unavailable));
    await hold.release();
    expect(await write).toEqual({ id: expect.any(String) });
    expect(await gateway.send(topConversation("surplus-0"))).toHaveProperty("id");
  });

  test.each([
    ["lock_timeout", { lock_timeout: short }],
    ["statement_timeout", { statement_timeout: short }],
  ])("a write that waits longer than %s is refused and leaves nothing", async (name, limits) => {
    const gateway = await gatewayWith({ max: 2, ...limits });
    const aside = await connectAside(url);
    const before = await takeStock(aside);
    const hold = await holdConversation(url, gateway.parentId);
    const write = subConversation(name.replace("_", "-"), gateway.parentId);
    expect(await gateway.send(write)).toEqual(unavailable);
    await hold.release();
    expect(await takeStock(aside)).toEqual(before);
    await succeeds(() => gateway.send(write));
  });

  test("two writes in a deadlock both succeed", async () => {
    const gateway = await gatewayWith({ max: 3 });
    const aside = await connectAside(url);
    // Each takes one lock, waits at the gate, and wants the other's.
    await aside.query(
      `CREATE SEQUENCE attempts;
       CREATE FUNCTION cross_locks() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         IF NEW.name LIKE 'crossing-%' THEN
           PERFORM nextval('attempts');
           PERFORM pg_advisory_xact_lock(10 + right(NEW.name, 1)::integer);
           PERFORM pg_advisory_xact_lock_shared(20);
           PERFORM pg_advisory_xact_lock(11 - right(NEW.name, 1)::integer);
         END IF;
         RETURN NEW;
       END $$;
       CREATE TRIGGER cross_locks BEFORE INSERT ON "Conversation" FOR EACH ROW EXECUTE FUNCTION cross_locks();
       SELECT pg_advisory_lock(20)`,
    );
    const answers = [0, 1].map((side) => gateway.send(topConversation(`crossing-${side}`)));
    await waiting(aside, 2);
    await aside.query("SELECT pg_advisory_unlock(20)");
    expect(await Promise.all(answers)).toEqual(answers.map(() => ({ id: expect.any(String) })));
    const { rows } = await aside.query("SELECT last_value > 2 AS repeated FROM attempts");
    expect(rows).toEqual([{ repeated: true }]);
    await aside.query('DROP TRIGGER cross_locks ON "Conversation"; DROP FUNCTION cross_locks; DROP SEQUENCE attempts');
    await expectNothingLost(aside, new Map());
  });
});
