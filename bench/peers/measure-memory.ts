import { load, peakMemoryOf, writeRequests } from "./load.ts";
import type { Bench } from "./run.ts";
import { bodyOf } from "./servers.ts";
import { table } from "./table.ts";

/** The most memory that a server holds while 8 connections ask for 50 conversations with up to 20 children each, and their participants. */
export async function measureMemory({ servers, data, options }: Bench): Promise<void> {
  const rows: string[][] = [];
  for (const server of servers) {
    const requests = writeRequests(server, "Q2-wide", [
      bodyOf(server, "Q2", { workspace: data.workspaces.measured, first: 20 }),
    ]);
    const before = peakMemoryOf(server);
    const { perSecond } = await load(server, requests, { connections: 8, seconds: options.rounds * options.seconds });
    rows.push([server.name, before.toFixed(0), peakMemoryOf(server).toFixed(0), perSecond.toFixed(1)]);
  }
  console.log("\n## A fan-out of 50 × 20 (Q2), 8 connections: most memory held in MiB, and requests per second\n");
  table(["", "before", "after", "per second"], rows);
}
