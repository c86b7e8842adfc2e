import type pg from "pg";

type Send = (query: unknown, ...more: unknown[]) => unknown;

/** A parameter that the planner does not see, as `parameter` writes it. */
const hidden = /\(SELECT (\$\d+::\w+(?:\[\])?)\)/g;

/** For PostgreSQL's planner, a list of the whole workspace compares with a range. Citus looks for an equation. */
const range = /(\w+\."workspaceId") BETWEEN (\$\d+::uuid) AND (\$\d+::uuid)/g;

/**
 * Shows the planner the parameters of a connection's statements. Citus sends a statement to the shard of its workspace only if it sees
 * which one that is.
 */
export function showParameters(client: pg.ClientBase): void {
  const send = client.query.bind(client) as Send;
  const shown: Send = (query, ...more) => send(withPlainParameters(query), ...more);
  client.query = shown as typeof client.query;
}

/** The text of a statement as Citus gets it. */
export function plain(text: string): string {
  return text.includes("(SELECT $") ? text.replaceAll(hidden, "$1").replaceAll(range, "$1 = $2 AND $1 <= $3") : text;
}

function withPlainParameters(query: unknown): unknown {
  if (typeof query === "string") return query;
  return Object.assign(query as pg.QueryConfig, { text: plain((query as pg.QueryConfig).text) });
}
