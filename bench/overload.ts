import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import { attacks, type Target } from "./overload/attacks.ts";
import { sendBurst, sendLoad } from "./overload/burst.ts";
import { fillWorkspace } from "./overload/fill.ts";
import { type Gateway, newPlace, onDatabase, startGateway } from "./overload/gateway.ts";
import { watchVictim } from "./overload/victim.ts";

// Shows how much a workspace notices of another one that attacks the gateway, and how the gateway bears ten times its load:
//
//   [DATABASE_URL=postgresql://…] [SECONDS=10] [CONVERSATIONS=200000] [ATTACKS=idle] npx tsx bench/overload.ts
//
// Starts gateways on their defaults, on a database of their own on that server or on the embedded one. For each attack, a victim is
// watched alone and then beside the attacker, who runs in a process of its own and has so many conversations: the ratio of its
// medians in one run, and how many of its requests failed. Needs `ulimit -n` of 25000. Times in ms, memory in MiB.

const server = process.env.DATABASE_URL;
const ms = 1000 * Number(process.env.SECONDS ?? 10);
const conversations = Number(process.env.CONVERSATIONS ?? (server ? 200_000 : 2_000));
const wanted = new RegExp(process.env.ATTACKS ?? "", "i");
const warmUpMs = 3_000;

const place = await newPlace(server);
try {
  const workspaces = await onDatabase(place, async ({ db, pool }) => {
    const filled = {
      victim: await fillWorkspace(db, pool, "victim", 0),
      attacker: await fillWorkspace(db, pool, "attacker", conversations),
      accomplice: await fillWorkspace(db, pool, "accomplice", 0),
    };
    if (server) await pool.query("VACUUM ANALYZE");
    return filled;
  });
  const rows: Record<string, unknown> = {};
  for (const name of Object.keys(attacks).filter((name) => wanted.test(name))) {
    rows[name] = await onGateway((gateway) => attack(gateway, name));
    console.error(name, JSON.stringify(rows[name]));
  }
  console.table(rows);
  if (wanted.test("burst"))
    console.log(
      "400 identical getOrCreate at once:",
      await onGateway(({ url }) => sendBurst(url, workspaces.victim.key)),
    );
  if (wanted.test("load")) console.table(await onGateway(loads, { RATE_LIMIT_PER_MINUTE: "0" }));

  async function attack({ url, memory }: Gateway, name: string) {
    const { victim, attacker, accomplice } = workspaces;
    const before = await memory();
    await watchVictim(url, victim, warmUpMs);
    const alone = await watchVictim(url, victim, ms / 2);
    const target: Target = { url, attacker, accomplice };
    const child = spawn(
      process.execPath,
      ["--import", "tsx", "bench/overload/attack.ts", name, JSON.stringify(target)],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    await once(child.stdout, "data");
    const attacked = await watchVictim(url, victim, ms);
    const health = await fetch(new URL("/livez", url)).then(({ status }) => status, String);
    const ready = await fetch(new URL("/readyz", url)).then(({ status }) => status, String);
    const after = await memory().catch(() => Number.NaN);
    child.kill("SIGTERM");
    const heard = JSON.parse(await text(child.stdout)) as Record<string, number>;
    return {
      alone: round(alone.median),
      median: round(attacked.median),
      p99: round(attacked.p99),
      ratio: round(attacked.median / alone.median),
      answered: attacked.answered,
      failed: attacked.failed,
      health: `${health} ${ready}`,
      memory: `${before} → ${after}`,
      attacker: Object.entries(heard)
        .map(([status, count]) => `${count}× ${status}`)
        .join(", "),
    };
  }

  async function loads(gateway: Gateway) {
    const { victim } = workspaces;
    await sendLoad(gateway, victim, 100, warmUpMs);
    return {
      "as many as fit": await sendLoad(gateway, victim, 100, ms),
      "ten times as many": await sendLoad(gateway, victim, 1_000, ms),
      "as many as fit, again": await sendLoad(gateway, victim, 100, ms),
    };
  }
} finally {
  await place.remove();
}

async function onGateway<T>(work: (gateway: Gateway) => Promise<T>, env?: Record<string, string>): Promise<T> {
  const gateway = await startGateway(place, env);
  try {
    return await work(gateway);
  } finally {
    await gateway.stop();
    await wait(100);
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
