import { load, writeRequests } from "./load.ts";
import type { Operation } from "./operations.ts";
import type { Bench } from "./run.ts";
import { bodyOf } from "./servers.ts";
import { median, table } from "./table.ts";
import { takeTurns } from "./take-turns.ts";

interface Curve {
  title: string;
  operation: Operation;
  /** The conversations by the size of their lists. */
  sizes: Map<number, string>;
  first?: number;
}

/** Measures one answer while the list behind it grows. A flat cost is × 1.00 at every size. */
export async function measureGrowth(bench: Bench): Promise<void> {
  const { children, messages } = bench.data;
  await measureCurve(bench, { title: "A page of 10 of so many children", operation: "Q1", sizes: children, first: 10 });
  await measureCurve(bench, {
    title: "The last of so many messages, and their number",
    operation: "Q4",
    sizes: messages,
  });
}

async function measureCurve(
  { servers, data, options }: Bench,
  { title, operation, sizes, first }: Curve,
): Promise<void> {
  const workspace = data.workspaces.growth;
  const points = [...sizes].map(([size, id]) =>
    servers.map((server) => {
      const body = bodyOf(server, operation, { workspace, id, first });
      return { server, requests: writeRequests(server, `${operation}-${size}`, [body]) };
    }),
  );
  const loads = await takeTurns(points.flat(), options.rounds, ({ server, requests }) =>
    load(server, requests, { connections: 1, seconds: options.seconds }),
  );
  const ms = points.map((row) => row.map((point) => median((loads.get(point) ?? []).map(({ p50 }) => p50))));
  console.log(`\n## ${title} (${operation}): median of ms, and the multiple of the smallest\n`);
  table(
    ["", ...servers.map(({ name }) => name)],
    [...sizes.keys()].map((size, at) => [
      `${size}`,
      ...(ms[at] ?? []).map((value, server) => `${value.toFixed(2)}, × ${(value / (ms[0]?.[server] ?? 0)).toFixed(2)}`),
    ]),
  );
}
