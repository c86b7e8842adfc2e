import { randomBytes } from "node:crypto";
import pg from "pg";

/** A node of a cluster. */
export type Node = { host: string; port: number };

/** Runs SQL in a database of a node, as the user of `url`. */
export async function onNode<Row extends pg.QueryResultRow = pg.QueryResultRow>(
  url: string,
  { host, port }: Node,
  sql: string,
): Promise<Row[]> {
  const there = new URL(url);
  there.hostname = host;
  there.port = String(port);
  const client = new pg.Client({ connectionString: there.href });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Citus makes 32 by default. With fewer, tables are spread and moved sooner. */
const shards = 8;

/**
 * Makes an empty database on every node of the cluster whose coordinator `url` leads to. The last `spares` workers are not added to it
 * yet: `add` does it.
 */
export async function createClusterDatabase(url: string, spares = 0) {
  const own = new pg.Client({ connectionString: url });
  await own.connect();
  const { rows } = await own.query<Node>(
    "SELECT nodename AS host, nodeport AS port FROM pg_dist_node WHERE noderole = 'primary' ORDER BY groupid",
  );
  await own.end();
  const [coordinator, ...workers] = rows;
  if (!coordinator || workers.length === 0) throw new Error("CITUS_URL leads to no coordinator with workers.");
  const name = `parley_citus_${randomBytes(6).toString("hex")}`;
  const there = new URL(url);
  there.pathname = `/${name}`;
  const database = there.href;
  const all = [coordinator, ...workers];
  for (const node of all) {
    await onNode(url, node, `CREATE DATABASE "${name}" TEMPLATE template0`);
    await onNode(database, node, "CREATE EXTENSION citus");
  }
  await onNode(database, coordinator, `SELECT citus_set_coordinator_host('${coordinator.host}', ${coordinator.port})`);
  const add = ({ host, port }: Node) => onNode(database, coordinator, `SELECT citus_add_node('${host}', ${port})`);
  await onNode(database, coordinator, `ALTER DATABASE "${name}" SET citus.shard_count = ${shards}`);
  const ready = workers.splice(0, workers.length - spares);
  for (const worker of ready) await add(worker);
  return {
    url: database,
    coordinator,
    /** The workers that are not added yet. */
    spare: workers,
    workers: ready,
    add,
    drop: async () => {
      for (const node of all) await dropDatabase(url, node, name);
    },
  };
}

/** A session that waits for another node may end later than the server has patience for. */
async function dropDatabase(url: string, node: Node, name: string, attempts = 6): Promise<void> {
  try {
    await onNode(url, node, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
  } catch (error) {
    if ((error as pg.DatabaseError).code !== "55006" || attempts === 1) throw error;
    await dropDatabase(url, node, name, attempts - 1);
  }
}
