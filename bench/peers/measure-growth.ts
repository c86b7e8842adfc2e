import { load, writeRequests } from "./load.ts";
import type { Operation } from "./operations.ts";
import type { Bench } from "./run.ts";
import { bodyOf, type Server } from "./servers.ts";
import { median, table } from "./table.ts";
import { takeTurns } from "./take-turns.ts";

/** What the same answer costs when there is more that it leaves out: flat is 1.00 throughout. */
export async function measureGrowth({ servers, data, options }: Bench): Promise<void> {
  const curves: { title: string; operation: Operation; sizes: Map<number, string>; first?: number }[] = [
    { title: "A page of 10 of so many children", operation: "Q1", sizes: data.children, first: 10 },
    { title: "The last of so many messages, and their number", operation: "Q4", sizes: data.messages },
  ];
  const workspace = data.workspaces.growth;
  for (const { title, operation, sizes, first } of curves) {
    const costs = new Map<number, Map<Server, number[]>>();
    for (const [size, id] of sizes) {
      const turn = async (server: Server) => {
        const requests = writeRequests(server, `${operation}-${size}`, [
          bodyOf(server, operation, { workspace, id, first }),
        ]);
        const { perSecond } = await load(server, requests, { connections: 1, seconds: options.seconds });
        return 1000 / perSecond;
      };
      costs.set(size, await takeTurns(servers, options.rounds, turn));
    }
    console.log(`\n## ${title} (${operation}): ms, and the multiple of the smallest\n`);
    const medianOf = (size: number, server: Server) => median(costs.get(size)?.get(server) ?? []);
    const [smallest] = sizes.keys();
    table(
      ["", ...servers.map(({ name }) => name)],
      [...sizes.keys()].map((size) => [
        `${size}`,
        ...servers.map((server) => {
          const ms = medianOf(size, server);
          return `${ms.toFixed(2)}, × ${(ms / medianOf(smallest as number, server)).toFixed(2)}`;
        }),
      ]),
    );
  }
}
