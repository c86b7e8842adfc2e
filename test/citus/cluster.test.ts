import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { distribute, planDistribution } from "../../src/database/distribute.ts";
import { migrate, migrationsDirectory } from "../../src/database/migrate.ts";
import { openDatabase } from "../../src/database/open.ts";
import { sessionSettings } from "../../src/database/session.ts";
import { createKey } from "../../src/keys/manage-keys.ts";
import { startClient } from "../faults/start-client.ts";
import { clientKey, expectNothingLost, sender, startTraffic } from "../faults/traffic.ts";
import { topConversation } from "../faults/writes.ts";
import { newDirectory } from "../support/process.ts";
import { createClusterDatabase, type Node, onNode } from "./cluster-database.ts";

const workspaces = 4;

describe.skipIf(!process.env.CITUS_URL)("a Citus cluster (needs one at CITUS_URL)", () => {
  /** A migrated database, not distributed yet, on the coordinator and its workers, but for the last `spares`. */
  async function newCluster(spares = 0) {
    const cluster = await createClusterDatabase(process.env.CITUS_URL as string, spares);
    onTestFinished(cluster.drop);
    const opened = await openDatabase({ databaseUrl: cluster.url, dataDir: "", poolSize: 8 });
    await migrate(opened.pool);
    return { ...cluster, ...opened };
  }

  test("is told first what will be done, and is distributed once; later migrations run on it", async () => {
    const { pool, close, workers, url } = await newCluster();
    onTestFinished(close);
    const name = new URL(url).pathname.slice(1);
    const own = `SET citus.enable_ddl_propagation = off; ALTER DATABASE "${name}" SET gin_fuzzy_search_limit = 1; ALTER DATABASE "${name}" SET jit = on`;
    await onNode(url, workers[0] as Node, own);
    const steps = (await planDistribution(pool)).map(({ text }) => text);
    expect(steps).toEqual(
      expect.arrayContaining(['"Workspace": whole on every node', '"Conversation": by "workspaceId"']),
    );
    expect((await planDistribution(pool)).map(({ text }) => text)).toEqual(steps);
    await distribute(pool);
    expect(await planDistribution(pool)).toEqual([]);
    // What the workers do with a statement depends on their own sessions.
    const read = Object.keys(sessionSettings).map((setting) => `'${setting}', current_setting('${setting}')`);
    for (const worker of workers) {
      const [session] = await onNode(url, worker, `SELECT json_build_object(${read.join(", ")}) AS settings`);
      expect(session?.settings).toEqual(sessionSettings);
    }
    const directory = await newDirectory();
    await cp(migrationsDirectory(), directory, { recursive: true });
    await mkdir(join(directory, "29990101000000_tags"));
    await writeFile(
      join(directory, "29990101000000_tags", "migration.sql"),
      `DO $$
       BEGIN
         CREATE TABLE "Tag" ("workspaceId" uuid NOT NULL, "conversationId" uuid NOT NULL, name text, PRIMARY KEY ("workspaceId", "conversationId", name));
         PERFORM distribute_by_workspace('"Tag"');
         ALTER TABLE "Tag" ADD FOREIGN KEY ("workspaceId", "conversationId") REFERENCES "Conversation" ("workspaceId", id) ON DELETE CASCADE;
         ALTER TABLE "Conversation" ADD COLUMN color text;
         CREATE INDEX "Conversation_color_idx" ON "Conversation" ("workspaceId", color);
       END
       $$`,
    );
    await migrate(pool, directory, () => {});
    const { rows } =
      await pool.query(`SELECT count(DISTINCT colocationid) AS groups, count(*) AS tables FROM pg_dist_partition
      WHERE logicalrelid IN ('"Tag"'::regclass, '"Conversation"'::regclass) AND partmethod = 'h'`);
    expect(rows).toEqual([{ groups: "1", tables: "2" }]);
    expect(await planDistribution(pool)).toMatchObject([]);
  });

  test("grows while it is written to: nothing acknowledged is lost, and refusals may be repeated", async () => {
    const { pool, spare, workers, add, coordinator, url, ...database } = await newCluster(2);
    expect(workers.length, "workers beside the two that are added").toBeGreaterThan(0);
    await distribute(pool);
    const first = await startClient({ ...database, db: database.db });
    const traffics = await Promise.all(
      Array.from({ length: workspaces }, async (_, n) => {
        const { key } = await createKey(database.db, { ...clientKey, workspace: `tenant-${n}` });
        const send = sender(key, first.url);
        const parent = await send(topConversation(`parent-${n}`));
        if (!("id" in parent)) throw new Error(JSON.stringify(parent));
        return startTraffic(send, 1, parent.id, `tenant-${n}`);
      }),
    );
    const progress = (count: number) => Promise.all(traffics.map((traffic) => traffic.progress(count)));
    await progress(5);
    for (const worker of spare) await add(worker);
    await distribute(pool);
    await onNode(url, coordinator, "SELECT rebalance_table_shards()");
    await progress(5);
    await Promise.all(traffics.map((traffic) => traffic.stop()));
    const { rows } = await pool.query(
      "SELECT count(DISTINCT nodename || nodeport) AS n FROM citus_shards WHERE citus_table_type = 'distributed'",
    );
    expect(Number(rows[0].n)).toBe(workers.length + spare.length);
    const acknowledged = new Map(traffics.flatMap((traffic) => [...traffic.acknowledged]));
    const refused = traffics.reduce((sum, traffic) => sum + traffic.refused(), 0);
    console.log(
      `${acknowledged.size} writes acknowledged and ${refused} refused while shards moved to ${spare.length} workers`,
    );
    expect(traffics.flatMap(({ wrong }) => wrong)).toEqual([]);
    await expectNothingLost(pool, acknowledged);
  });
});
