import type { Data } from "./data.ts";
import { type Load, load, writeRequests } from "./load.ts";
import type { Operation } from "./operations.ts";
import type { Bench } from "./run.ts";
import { middleOf, patch } from "./same-answers.ts";
import { bodyOf, endCursorOf, type Server } from "./servers.ts";
import { median, range, table } from "./table.ts";
import { takeTurns } from "./take-turns.ts";

/** Measures how many requests a second each server answers, and compares them. */
export async function measureRatios({ servers, data, options }: Bench): Promise<void> {
  const { only, rounds, seconds } = options;
  const gateways = new Set(options.gateways.map(({ name }) => name));
  const results = new Map<string, Map<Server, Load[]>>();
  for (const operation of only) {
    const requests = new Map<Server, string>();
    for (const server of servers)
      requests.set(server, writeRequests(server, operation, await bodiesOf(server, operation, data)));
    for (const connections of options.connections) {
      const turn = (server: Server) => load(server, requests.get(server) as string, { connections, seconds });
      results.set(`${operation} ${connections}`, await takeTurns(servers, rounds, turn));
    }
  }
  for (const connections of options.connections) {
    const loadsOf = (operation: Operation, server: Server) =>
      results.get(`${operation} ${connections}`)?.get(server) ?? [];
    console.log(`\n## ${connections === 1 ? "1 connection" : `${connections} connections`}`);
    print({ servers, ours: servers.filter(({ name }) => gateways.has(name)), only, loadsOf });
  }
}

interface Results {
  servers: Server[];
  /** The servers that are compared with each of the others. */
  ours: Server[];
  only: Operation[];
  loadsOf: (operation: Operation, server: Server) => Load[];
}

function print({ servers, ours, only, loadsOf }: Results): void {
  const rows = (of: Server[], cell: (operation: Operation, server: Server) => string) =>
    table(
      ["", ...of.map(({ name }) => name)],
      only.map((operation) => [operation, ...of.map((server) => cell(operation, server))]),
    );
  const perSecond = (operation: Operation, server: Server) => loadsOf(operation, server).map((one) => one.perSecond);

  console.log("\nRequests per second, median of the rounds (lowest–highest):\n");
  rows(servers, (operation, server) => {
    const errors = loadsOf(operation, server).reduce((sum, one) => sum + one.errors, 0);
    return `${range(perSecond(operation, server), 0)}${errors ? `, ${errors} ERRORS` : ""}`;
  });
  for (const gateway of ours) {
    const others = servers.filter((server) => server !== gateway);
    if (others.length === 0) continue;
    console.log(`\n${gateway.name} as a multiple of each, median of the rounds (lowest–highest):\n`);
    rows(others, (operation, other) => {
      const theirs = perSecond(operation, other);
      const ratios = perSecond(operation, gateway).map((value, round) => value / (theirs[round] as number));
      return range(ratios, 2);
    });
  }
  console.log("\nCPU of one request in ms, in the server / in PostgreSQL:\n");
  rows(servers, (operation, server) => {
    const cpu = (key: "nodeMs" | "postgresMs") => median(loadsOf(operation, server).map((one) => one[key])).toFixed(3);
    return `${cpu("nodeMs")} / ${cpu("postgresMs")}`;
  });
}

/** The bodies that a load sends in turn. */
async function bodiesOf(server: Server, operation: Operation, data: Data): Promise<string[]> {
  const workspace = data.workspaces.measured;
  const page = { workspace, id: data.parent, first: 30 };
  switch (operation) {
    case "Q1":
      return [bodyOf(server, operation, page)];
    case "Q1mid": {
      const bodies: string[] = [];
      for (let after = await middleOf(server, data); bodies.length < 10; ) {
        bodies.push(bodyOf(server, operation, { ...page, after }));
        after = await endCursorOf(server, { ...page, after });
      }
      return bodies;
    }
    case "Q2":
      return [bodyOf(server, operation, { workspace, first: 5 })];
    case "M1":
      return data.customers.map((externalId) => bodyOf(server, operation, { workspace, externalId }));
    case "Q5":
      return data.conversations.map((id) => bodyOf(server, operation, { workspace, id, first: 30 }));
    case "M3":
      return data.conversations.map((id) =>
        bodyOf(server, operation, { workspace, id, author: data.member, text: "It leaves today." }),
      );
    case "M2":
      return [0, 1].flatMap((lap) =>
        data.conversations.map((id, at) => bodyOf(server, operation, { workspace, id, metadata: patch(lap, at) })),
      );
    default:
      return data.conversations.map((id) => bodyOf(server, operation, { workspace, id }));
  }
}
