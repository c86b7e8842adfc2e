import type pg from "pg";

/** Is called when a statement is sent. The function that it returns is called with the error or the result when the statement has ended. */
export type StatementObserver = (text: string) => (error?: unknown, result?: { rows?: unknown[] }) => void;

type Send = (...args: unknown[]) => unknown;

/** Reports every statement that the connections of the pool send, with its success or failure. */
export function observeStatements(pool: pg.Pool, observe: StatementObserver): void {
  const observed = new WeakSet<pg.PoolClient>();
  pool.on("acquire", (client) => {
    if (observed.has(client)) return;
    observed.add(client);
    client.query = observing(client.query.bind(client) as Send, observe) as typeof client.query;
  });
}

function observing(send: Send, observe: StatementObserver): Send {
  return (...args) => {
    const end = observe(textOf(args[0]));
    const callback = args.at(-1);
    if (typeof callback === "function") {
      const answer = (error: unknown, result: { rows?: unknown[] }) => {
        end(error, result);
        callback(error, result);
      };
      return send(...args.slice(0, -1), answer);
    }
    const sent = send(...args);
    if (sent instanceof Promise) sent.then((result) => end(undefined, result), end);
    return sent;
  };
}

function textOf(query: unknown): string {
  return typeof query === "string" ? query : (query as pg.QueryConfig).text;
}
