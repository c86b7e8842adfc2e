import type pg from "pg";

type Send = (...args: unknown[]) => unknown;

/** Tells how many seconds each statement took, from sending it to its last row, whether it succeeds or not. */
export function observeStatements(pool: pg.Pool, observe: (seconds: number) => void): void {
  const observed = new WeakSet<pg.PoolClient>();
  pool.on("acquire", (client) => {
    if (observed.has(client)) return;
    observed.add(client);
    client.query = timed(client.query.bind(client) as Send, observe) as typeof client.query;
  });
}

function timed(send: Send, observe: (seconds: number) => void): Send {
  return (...args) => {
    const startedAt = performance.now();
    const end = () => observe((performance.now() - startedAt) / 1000);
    const callback = args.at(-1);
    if (typeof callback === "function") {
      const answer = (...results: unknown[]) => {
        end();
        callback(...results);
      };
      return send(...args.slice(0, -1), answer);
    }
    const sent = send(...args);
    if (sent instanceof Promise) sent.then(end, end);
    return sent;
  };
}
