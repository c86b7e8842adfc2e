import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import { distribute } from "../../src/database/distribute.ts";
import { migrate } from "../../src/database/migrate.ts";
import { openDatabase } from "../../src/database/open.ts";
import { createKey } from "../../src/keys/manage-keys.ts";
import { type Postgres, programs, startServer } from "../faults/own-postgres.ts";
import { startClient } from "../faults/start-client.ts";
import { clientKey, expectNothingLost, sender, startTraffic } from "../faults/traffic.ts";
import { topConversation } from "../faults/writes.ts";
import { createClusterDatabase, onNode } from "./cluster-database.ts";

const { CITUS_URL } = process.env;

/** After a statement that is not answered, the rollback is not answered either. */
const patienceMs = 60_000;

const settings = ["shared_preload_libraries=citus", "wal_level=logical", "max_prepared_transactions=60"];

const ways: Record<string, { lose(worker: Postgres): Promise<void>; bring(worker: Postgres): Promise<void> }> = {
  killed: { lose: (worker) => worker.stop("immediate"), bring: (worker) => worker.start() },
  "standing still": { lose: (worker) => worker.freeze(), bring: (worker) => worker.thaw() },
};

describe.skipIf(!CITUS_URL || !hasCitus())(
  "a worker (needs CITUS_URL, and the programs of a server with Citus)",
  () => {
    test.each(Object.keys(ways))(
      "that is %s: its workspaces are unavailable, the others are served, and nothing acknowledged is lost",
      async (way) => {
        const { lose, bring } = ways[way] as (typeof ways)[string];
        const { worker, database, pool } = await newCluster();
        const { url } = await startClient(database);
        const newWorkspace = async (name: string) => {
          const { key } = await createKey(database.db, { ...clientKey, workspace: name });
          const send = sender(key, url, patienceMs);
          const parent = await send(topConversation(`parent-of-${name}`));
          if (!("id" in parent)) throw new Error(JSON.stringify(parent));
          const { rows } = await pool.query(
            `SELECT nodeport AS port FROM "Workspace" JOIN citus_shards
             ON shardid = get_shard_id_for_distribution_column('"Conversation"', id) WHERE slug = $1`,
            [name],
          );
          return { isThere: rows[0].port === worker.port, start: () => startTraffic(send, 1, parent.id, name) };
        };
        // Two whose shard is at this worker, and two of others: more would only take the processor from one another.
        const workspaces: Awaited<ReturnType<typeof newWorkspace>>[] = [];
        for (let n = 0; workspaces.length < 4; n++) {
          const made = await newWorkspace(`tenant-${n}`);
          if (workspaces.filter(({ isThere }) => isThere === made.isThere).length < 2) workspaces.push(made);
        }
        const all = workspaces.map(({ isThere, start }) => ({ isThere, traffic: start() }));
        const of = (there: boolean) => all.filter(({ isThere }) => isThere === there).map(({ traffic }) => traffic);
        const progress = (there: boolean) => Promise.all(of(there).map((traffic) => traffic.progress(10, patienceMs)));
        const refusedThere = () => Math.min(...of(true).map((traffic) => traffic.refused()));
        await Promise.all([progress(true), progress(false)]);

        await lose(worker);
        const refusals = refusedThere();
        await expect.poll(refusedThere, { timeout: 60_000 }).toBeGreaterThan(refusals);
        const othersBefore = of(false).map((traffic) => traffic.refused());
        await progress(false);
        expect(of(false).map((traffic) => traffic.refused())).toEqual(othersBefore);

        await bring(worker);
        await progress(true);
        await Promise.all(all.map(({ traffic }) => traffic.stop()));
        expect(all.flatMap(({ traffic }) => traffic.wrong)).toEqual([]);
        await expectNothingLost(pool, new Map(all.flatMap(({ traffic }) => [...traffic.acknowledged])));
      },
    );

    /** A distributed database on the cluster and one worker more, which the test may lose. */
    async function newCluster() {
      const worker = await startServer({ more: settings });
      const { url, add, drop } = await createClusterDatabase(CITUS_URL as string);
      onTestFinished(drop);
      const { username, pathname } = new URL(url);
      const there = { host: "127.0.0.1", port: worker.port };
      if (username !== "postgres") await onNode(worker.url, there, `CREATE ROLE "${username}" SUPERUSER LOGIN`);
      await onNode(worker.url, there, `CREATE DATABASE "${pathname.slice(1)}" TEMPLATE template0`);
      await onNode(url, there, "CREATE EXTENSION citus");
      await add(there);
      const { pool, ...database } = await openDatabase({ databaseUrl: url, dataDir: "", poolSize: 8 });
      await migrate(pool);
      await distribute(pool);
      return { worker, database, pool };
    }
  },
);

function hasCitus(): boolean {
  if (!programs) return false;
  const directory = execFileSync("pg_config", ["--sharedir"], { encoding: "utf8" }).trim();
  if (existsSync(`${directory}/extension/citus.control`)) return true;
  // Otherwise a machine without it would pass with nothing tested.
  if (process.env.CI) throw new Error("With CITUS_URL, this test needs a server with Citus on this machine.");
  return false;
}
