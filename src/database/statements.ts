import { AsyncResource } from "node:async_hooks";
import type pg from "pg";

/** Told of a statement when it is sent; what it returns is called with its last row, or with what it failed of. */
export type StatementObserver = (text: string) => (error?: unknown) => void;

type Send = (...args: unknown[]) => unknown;

/** Tells of every statement that the pool's connections send, whether it succeeds or not. */
export function observeStatements(pool: pg.Pool, observe: StatementObserver): void {
  const observed = new WeakSet<pg.PoolClient>();
  pool.on("acquire", (client) => {
    if (observed.has(client)) return;
    observed.add(client);
    client.query = observing(client.query.bind(client) as Send, observe) as typeof client.query;
  });
}

/** Sends every statement in the async context of who asked for it. pg-pool's is that of who gave the connection back. */
export function keepContext(pool: pg.Pool): void {
  const connect = pool.connect.bind(pool) as Send;
  pool.connect = ((callback?: Send) => connect(callback && inThisContext(callback))) as typeof pool.connect;
}

/** As AsyncResource.bind() does, at a fraction of its cost. */
function inThisContext(callback: Send): Send {
  const context = new AsyncResource("connection");
  return (...results) => context.runInAsyncScope(callback, undefined, ...results);
}

function observing(send: Send, observe: StatementObserver): Send {
  return (...args) => {
    const end = observe(textOf(args[0]));
    const callback = args.at(-1);
    if (typeof callback === "function") {
      const answer = (...results: unknown[]) => {
        end(results[0]);
        callback(...results);
      };
      return send(...args.slice(0, -1), answer);
    }
    const sent = send(...args);
    if (sent instanceof Promise) sent.then(() => end(), end);
    return sent;
  };
}

function textOf(query: unknown): string {
  return typeof query === "string" ? query : (query as pg.QueryConfig).text;
}
