import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type Asked, type Dialect, gateway, type Operation, peer, postgraphile } from "./operations.ts";

export type NodeVersion = "20" | "24";

export interface ServerPlan {
  name: string;
  dialect: Dialect;
  /** Its working directory, and what node runs in it. */
  directory: string;
  command: string[];
  env?: Record<string, string>;
  /** It needs a newer Node.js than 20. */
  node?: NodeVersion;
}

export interface Server extends ServerPlan {
  url: URL;
  databaseUrl: string;
  key: string;
  process: ChildProcess;
}

const here = import.meta.dirname;
export const logs = join(here, "logs");

const servers = (name: string) => ({ directory: here, command: ["--import", "tsx", `servers/${name}.ts`] });

export const peers: ServerPlan[] = [
  { name: "floor", dialect: peer, ...servers("floor") },
  { name: "floor with counters", dialect: peer, ...servers("floor"), env: { COUNTERS: "on" } },
  { name: "Mercurius", dialect: peer, ...servers("mercurius") },
  { name: "PostGraphile", dialect: postgraphile, ...servers("postgraphile"), node: "24" },
];

/** A built checkout of the gateway, without the limits that a bench would meet. */
export function gatewayOf(name: string, directory: string, env: Record<string, string> = {}): ServerPlan {
  const bounds = { RATE_LIMIT_PER_MINUTE: "0", MAX_CONCURRENT_REQUESTS: "1000", SHUTDOWN_DELAY_SECONDS: "0" };
  return {
    name,
    directory,
    dialect: gateway,
    command: ["dist/src/main.js"],
    env: { LOG_LEVEL: "warn", ...bounds, ...env },
  };
}

/** The program of a version of Node.js, from its npm package. */
function nodeOf(version: NodeVersion): string {
  return join(here, "node_modules", `node-${version}`, "bin", "node");
}

let lastPort = Number(process.env.FIRST_PORT ?? 4700);

/** Starts a server and waits until it answers. */
export async function start(
  plan: ServerPlan,
  on: { node: NodeVersion; databaseUrl: string; key: string },
): Promise<Server> {
  const port = lastPort++;
  mkdirSync(logs, { recursive: true });
  const log = join(logs, `${plan.name}.log`);
  const output = openSync(log, "w");
  const child = spawn(nodeOf(plan.node ?? on.node), plan.command, {
    cwd: plan.directory,
    env: {
      ...process.env,
      ...{ NODE_ENV: "production", GRAPHILE_ENV: "production" },
      ...plan.env,
      ...{ DATABASE_URL: on.databaseUrl, PORT: String(port) },
    },
    stdio: ["ignore", output, output],
  });
  const server = {
    ...plan,
    url: new URL(`http://127.0.0.1:${port}/graphql`),
    databaseUrl: on.databaseUrl,
    key: on.key,
    process: child,
  };
  for (let attempt = 0; attempt < 300 && child.exitCode === null; attempt++) {
    const up = await fetch(server.url, { method: "HEAD" }).then(
      () => true,
      () => false,
    );
    if (up) return server;
    await wait(100);
  }
  child.kill();
  throw new Error(`${plan.name} did not start:\n${readFileSync(log, "utf8")}`);
}

export async function stop({ process }: Server): Promise<void> {
  if (process.exitCode !== null) return;
  process.kill("SIGTERM");
  await once(process, "exit");
}

/** The body of a request for an operation. */
export function bodyOf({ dialect }: Server, operation: Operation, asked: Asked): string {
  const name = operation === "Q1mid" ? "Q1" : operation;
  const query = dialect.documents[name].replace(/\s+/g, " ");
  return JSON.stringify({ operationName: name, query, variables: dialect.variables(asked) });
}

// biome-ignore lint/suspicious/noExplicitAny: answers as they come.
async function post<Data = any>(server: Server, body: string, reviver?: Dialect["reviver"]): Promise<Data> {
  const headers = { "content-type": "application/json", "x-api-key": server.key };
  const response = await fetch(server.url, { method: "POST", headers, body });
  const text = await response.text();
  const { data, errors } = JSON.parse(text, reviver);
  if (response.status !== 200 || errors)
    throw new Error(`${server.name} answers ${response.status} ${text.slice(0, 500)}`);
  return data;
}

/** The answer to an operation, in one shape for all servers. Throws when it has errors. */
export function ask(server: Server, operation: Operation, asked: Asked): Promise<unknown> {
  return post(server, bodyOf(server, operation, asked), server.dialect.reviver);
}

/** The cursor at the end of a page of children. */
export async function endCursorOf(server: Server, asked: Asked): Promise<string> {
  const { conversation } = await post(server, bodyOf(server, "Q1", asked));
  return conversation.children.pageInfo.endCursor;
}
