import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type pg from "pg";
import { beforeAll, describe, expect, test } from "vitest";
import { migrate, migrationsDirectory } from "../../src/database/migrate.ts";
import { connect } from "../../src/database/open.ts";
import { isUnavailable } from "../../src/database/unavailable.ts";
import { newDirectory } from "../support/process.ts";
import {
  connectAside,
  holdConversation,
  notOnCommit,
  onCommit,
  soon,
  succeeds,
  unavailable,
  waiting,
} from "./in-process.ts";
import { startNetwork } from "./network.ts";
import { type Postgres, programs, startPostgres } from "./own-postgres.ts";
import { startClient } from "./start-client.ts";
import { expectNothingLost, type Outcome } from "./traffic.ts";
import { subConversation, topConversation } from "./writes.ts";

const silenceMs = 1_000;

type Gateway = Awaited<ReturnType<typeof startClient>>;

interface Fault {
  url: string;
  freeze(): Promise<void>;
  thaw(): Promise<void>;
}

const faults: Record<string, (postgres: Postgres) => Promise<Fault>> = {
  "a network that swallows everything": ({ url }) => startNetwork(url),
  "a server that stands still": async (postgres) => postgres,
};

interface Held {
  answer: Promise<Outcome>;
  release(): Promise<unknown>;
}

/** Each sends a write, and holds it where the name says. */
const moments: Record<string, (gateway: Gateway, postgres: Postgres) => Promise<Held>> = {
  async "in the middle of a statement"({ send }, { url }) {
    const client = await connectAside(url);
    await client.query('BEGIN; LOCK TABLE "Customer"');
    return { answer: send(topConversation(newName())), release: () => client.query("COMMIT") };
  },
  async "in the middle of a transaction"({ send, parentId }, { url }) {
    const { release } = await holdConversation(url, parentId);
    return { answer: send(subConversation(newName(), parentId)), release };
  },
  async "while it commits"({ send, parentId }, { url }) {
    const client = await connectAside(url);
    await onCommit(client, "PERFORM pg_advisory_xact_lock(1)");
    await client.query("SELECT pg_advisory_lock(1)");
    return { answer: send(subConversation(newName(), parentId)), release: () => notOnCommit(client) };
  },
};

describe.skipIf(!programs)("a PostgreSQL that falls silent (needs the server's programs)", () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });

  const gatewayAt = async (url: string, max: number) => {
    const opened = connect(
      { connectionString: url, connectionTimeoutMillis: silenceMs, waitMs: silenceMs, max },
      { silenceMs },
    );
    return { ...(await startClient(opened)), ...opened };
  };

  describe.each(Object.entries(faults))("behind %s", (_, startFault) => {
    test.each(Object.entries(moments))("%s, refuses, and serves again by itself", async (_, hold) => {
      const fault = await startFault(postgres);
      const gateway = await gatewayAt(fault.url, 1);
      const aside = await connectAside(postgres.url);
      const { answer, release } = await hold(gateway, postgres);
      await waiting(aside, 1);
      await fault.freeze();
      expect(await soon(answer)).toEqual(unavailable);
      await expect.poll(() => gateway.pool.totalCount).toBe(0);
      await fault.thaw();
      await release();
      await expectService(gateway, aside);
    });

    test("while nobody uses its connections, refuses, and serves again by itself", async () => {
      const fault = await startFault(postgres);
      const gateway = await gatewayAt(fault.url, 4);
      const aside = await connectAside(postgres.url);
      await expectService(gateway, aside);
      await fault.freeze();
      const answers = Array.from({ length: 12 }, () => soon(gateway.send(topConversation(newName()))));
      expect(await Promise.all(answers)).toEqual(answers.map(() => unavailable));
      await fault.thaw();
      await expectService(gateway, aside);
    });
  });

  test("while it makes a connection, refuses, and serves again by itself", async () => {
    const network = await startNetwork(postgres.url);
    const { db, pool, close } = connect({ connectionString: network.url }, { silenceMs });
    network.freezeAt("DISCARD ALL");
    expect(await soon(db.workspace.count().catch(isUnavailable))).toBe(true);
    expect(pool.totalCount).toBe(0);
    await network.thaw();
    expect(await db.workspace.count()).toBeGreaterThanOrEqual(0);
    await close();
  });

  test("a transaction that cannot begin is refused as soon as one that gets no connection", async () => {
    const network = await startNetwork(postgres.url);
    const limits = { connectionTimeoutMillis: 300, waitMs: 300 };
    const { db, close } = connect({ connectionString: network.url, ...limits }, { silenceMs: 3_000 });
    await db.workspace.count();
    await network.freeze();
    const startedAt = performance.now();
    await expect(db.$transaction((tx) => tx.workspace.count())).rejects.toSatisfy(isUnavailable);
    expect(performance.now() - startedAt).toBeLessThan(2_500);
    await network.reset();
    await close();
  });

  test("a gateway that ends does not wait for it", async () => {
    const network = await startNetwork(postgres.url);
    const { db, close } = connect({ connectionString: network.url }, { silenceMs });
    await Promise.all([1, 2, 3].map(() => db.workspace.count()));
    const aside = await connectAside(postgres.url);
    await aside.query('BEGIN; LOCK TABLE "Workspace"');
    const answers = Promise.allSettled([db.$transaction((tx) => tx.workspace.count()), db.workspace.count()]);
    await waiting(aside, 2);
    await network.freeze();
    expect(await soon(close())).toBeUndefined();
    expect((await answers).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  });

  test("a migration may be silent for longer, and what follows may not", async () => {
    const aside = await connectAside(postgres.url);
    await aside.query("CREATE DATABASE slow");
    const directory = await newDirectory();
    await cp(migrationsDirectory(), directory, { recursive: true });
    await mkdir(join(directory, "99999999_slow"));
    await writeFile(join(directory, "99999999_slow", "migration.sql"), "SELECT pg_sleep(1)");
    const url = new URL("slow", postgres.url);
    const { pool, close } = connect({ connectionString: url.href, max: 1 }, { silenceMs: 300 });
    expect((await migrate(pool, directory)).at(-1)).toBe("99999999_slow");
    await expect(pool.query("SELECT pg_sleep(1)")).rejects.toSatisfy(isUnavailable);
    await close();
  });
});

let names = 0;
function newName(): string {
  return `write-${++names}`;
}

/** Writes on every connection, and each is there for others to see. */
async function expectService({ send, pool }: Gateway & { pool: pg.Pool }, aside: pg.Client): Promise<void> {
  await succeeds(() => send(topConversation("back")));
  const names = Array.from({ length: pool.options.max }, newName);
  const outcomes = await Promise.all(names.map((name) => send(topConversation(name))));
  expect(outcomes).toEqual(names.map(() => ({ id: expect.any(String) })));
  await expectNothingLost(
    aside,
    new Map(outcomes.map((outcome, i) => [names[i] as string, "id" in outcome ? outcome.id : ""])),
  );
}
