import type pg from "pg";
import { ConfigError } from "../config.ts";

const oldestCitus = 13;

export type Queryable = Pick<pg.ClientBase, "query">;

/** Throws ConfigError unless the database has the extension Citus. */
export async function requireCitus(db: Queryable): Promise<void> {
  const { rows } = await db.query<{ made: string | null; available: string | null }>(
    `SELECT (SELECT extversion FROM pg_extension WHERE extname = 'citus') AS made,
       (SELECT default_version FROM pg_available_extensions WHERE name = 'citus') AS available`,
  );
  const { made, available } = rows[0] as (typeof rows)[0];
  if (!available)
    throw new ConfigError(
      "DATABASE_URL leads to a plain PostgreSQL, whose tables cannot be spread. That takes a server with the extension Citus.",
    );
  if (!made)
    throw new ConfigError(
      "The database lacks the extension Citus. Every node needs it: CREATE EXTENSION citus in this database on each of them.",
    );
  if (Number.parseInt(made, 10) < oldestCitus)
    throw new ConfigError(`Citus ${oldestCitus} or newer is needed; the database has ${made}.`);
}

interface Node {
  name: string;
  coordinator: boolean;
  active: boolean;
  shards: boolean;
}

/** Throws ConfigError unless the database is the coordinator's, and its nodes are there and prepared. */
export async function requireNodes(db: Queryable): Promise<void> {
  const { rows: nodes } = await db.query<Node>(
    `SELECT nodename || ':' || nodeport AS name, groupid = 0 AS coordinator, isactive AS active, shouldhaveshards AS shards
     FROM pg_dist_node WHERE noderole = 'primary' ORDER BY groupid`,
  );
  const { rows } = await db.query("SELECT groupid FROM pg_dist_local_group");
  if (rows[0].groupid !== 0)
    throw new ConfigError("DATABASE_URL leads to a worker of Citus; it has to be the coordinator.");
  if (!nodes.some(({ coordinator }) => coordinator))
    throw new ConfigError(
      "The coordinator has to be a node that the others know: SELECT citus_set_coordinator_host('its name', its port).",
    );
  if (!nodes.some(({ shards }) => shards))
    throw new ConfigError("No node takes shards. Add a worker: SELECT citus_add_node('its name', its port).");
  const away = nodes.filter(({ active }) => !active).map(({ name }) => name);
  if (away.length > 0) throw new ConfigError(`These nodes are not active: ${away.join(", ")}.`);
  const answers = await onAllNodes(
    db,
    "SELECT concat_ws(' ', current_setting('wal_level'), current_setting('max_prepared_transactions'), current_setting('lc_messages'))",
  );
  for (const { node, result } of answers) {
    const [level, prepared, language = ""] = result.split(" ");
    if (level !== "logical")
      throw new ConfigError(`On ${node}, wal_level has to be logical, so that shards move while they are written.`);
    if (language && !/^(C|POSIX|en)($|[._])/.test(language))
      throw new ConfigError(
        `On ${node}, lc_messages has to be C: of some errors, Citus passes on nothing but the message.`,
      );
    if (prepared === "0") throw new ConfigError(`On ${node}, max_prepared_transactions has to be above 0.`);
  }
}

/** The value that a command returns on each node. Throws ConfigError for the first node on which it fails. */
export async function onAllNodes(db: Queryable, command: string): Promise<{ node: string; result: string }[]> {
  const { rows } = await db.query<{ node: string; success: boolean; result: string }>(
    `SELECT nodename || ':' || nodeport AS node, success, result
     FROM run_command_on_all_nodes($1) AS answer JOIN pg_dist_node ON pg_dist_node.nodeid = answer.nodeid ORDER BY groupid`,
    [command],
  );
  const failed = rows.find(({ success }) => !success);
  if (failed) throw new ConfigError(`Node ${failed.node} refuses: ${failed.result}`);
  return rows;
}
