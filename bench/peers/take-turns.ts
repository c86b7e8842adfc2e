import type { Server } from "./servers.ts";

/** Runs each server once in each round, in another order each time. A first turn of each warms up and does not count. */
export async function takeTurns<T>(
  servers: Server[],
  rounds: number,
  turn: (server: Server) => Promise<T>,
): Promise<Map<Server, T[]>> {
  const results = new Map<Server, T[]>(servers.map((server) => [server, []]));
  for (const server of servers) await turn(server);
  for (let round = 0; round < rounds; round++) {
    const order = servers.map((_, at) => servers[(at + 2 * round) % servers.length] as Server);
    if (round % 2) order.reverse();
    for (const server of order) results.get(server)?.push(await turn(server));
  }
  return results;
}
