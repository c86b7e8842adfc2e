import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Data, onServer, prepare } from "./data.ts";
import { requireWrk } from "./load.ts";
import { measureGrowth } from "./measure-growth.ts";
import { measureMemory } from "./measure-memory.ts";
import { measureRatios } from "./measure-ratios.ts";
import { type Operation, operations } from "./operations.ts";
import { requireSameAnswers } from "./same-answers.ts";
import { gatewayOf, type NodeVersion, peers, type Server, type ServerPlan, start, stop } from "./servers.ts";

const usage = `DATABASE_URL=postgres://… npm start -- [options]

  --rounds 5            rounds of each figure, of which the median counts; the servers take turns
  --seconds 3           of each round
  --connections 1,8,32
  --only Q1,M2          operations: ${Object.keys(operations).join(", ")}
  --node 24,20          versions of Node.js
  --parts ratios,growth,memory
  --peers floor,…       which peers: ${peers.map(({ name }) => name).join(", ")}, resolvers; empty for none
  --gateway name=path   another built checkout instead of this one; may be repeated
  --keep name           keeps the database, and uses it again in the next run`;

const parts = { ratios: measureRatios, growth: measureGrowth, memory: measureMemory };
const list = (text: string) => text.split(",").filter(Boolean);

/** The values of a list, each of which has to be known. */
function choices<T extends string>(text: string, known: readonly T[]): T[] {
  const unknown = list(text).find((name) => !known.includes(name as T));
  if (unknown) throw new Error(`${unknown} is none of ${known.join(", ")}.`);
  return list(text) as T[];
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "3" },
      connections: { type: "string", default: "1,8,32" },
      only: { type: "string", default: "Q1,Q1mid,Q2,Q3,M1,M2" },
      node: { type: "string", default: "24,20" },
      parts: { type: "string", default: "ratios,growth,memory" },
      peers: { type: "string" },
      gateway: { type: "string", multiple: true, default: [`gateway=${resolve(import.meta.dirname, "../..")}`] },
      keep: { type: "string" },
      help: { type: "boolean" },
    },
  });
  const gateways = values.gateway.map((text) => {
    const [name = "", path = ""] = text.split("=");
    return gatewayOf(name, resolve(path));
  });
  const resolvers = gatewayOf("resolvers", (gateways[0] as ServerPlan).directory, { COMPILER: "off" });
  const all = [...peers, resolvers];
  const names = all.map(({ name }) => name);
  const wanted = choices(values.peers ?? names.join(), names);
  return {
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    connections: list(values.connections).map(Number),
    only: choices(values.only, Object.keys(operations) as Operation[]),
    nodes: choices<NodeVersion>(values.node, ["20", "24"]),
    parts: choices(values.parts, Object.keys(parts) as (keyof typeof parts)[]),
    peers: all.filter(({ name }) => wanted.includes(name)),
    gateways,
    keep: values.keep,
    help: values.help,
  };
}

/** The arguments of each part of the bench. */
export interface Bench {
  servers: Server[];
  data: Data;
  options: ReturnType<typeof readOptions>;
}

async function run(options: Bench["options"], server: string): Promise<void> {
  const base = options.keep ?? `parley_peers_${process.pid}`;
  const databases = new Map(options.gateways.map((plan) => [plan, `${base}_${plan.name}`]));
  try {
    const filled = new Map<ServerPlan, Data>();
    for (const [plan, database] of databases) filled.set(plan, await prepare(server, database, plan.directory));
    for (const node of options.nodes) await runOn(node, options, filled);
  } finally {
    if (!options.keep)
      for (const database of databases.values())
        await onServer(server, `DROP DATABASE IF EXISTS "${database}" WITH (FORCE)`);
  }
}

/** Each gateway runs on a database of its own, all others on the first one's. */
async function runOn(node: NodeVersion, options: Bench["options"], filled: Map<ServerPlan, Data>): Promise<void> {
  const data = [...filled.values()][0] as Data;
  const servers: Server[] = [];
  const startAll = async (key: keyof Data["keys"]) => {
    for (const plan of [...options.peers, ...options.gateways]) {
      const { databaseUrl, keys } = filled.get(plan) ?? data;
      servers.push(await start(plan, { node, databaseUrl, key: keys[key] }));
    }
  };
  const stopAll = () => Promise.all(servers.splice(0).map(stop));
  console.log(`\n# Node.js ${node}${node === "20" ? " (PostGraphile needs a newer one and runs on 24)" : ""}`);
  try {
    for (const part of options.parts) {
      await startAll(part === "growth" ? "growth" : "measured");
      if (part === "ratios") await requireSameAnswers(servers, data);
      await parts[part]({ servers, data, options });
      await stopAll();
    }
  } finally {
    await stopAll();
  }
}

const options = readOptions();
const server = process.env.DATABASE_URL;
if (options.help) console.log(usage);
else if (!server) throw new Error("DATABASE_URL has to name a PostgreSQL where databases may be created.");
else {
  requireWrk();
  await run(options, server);
  process.exit(0);
}
