import { beforeAll, describe, expect, test } from "vitest";
import { connect } from "../../src/database/open.ts";
import { connectAside, patienceMs } from "./in-process.ts";
import { startNetwork } from "./network.ts";
import { type Postgres, programs, startPostgres } from "./own-postgres.ts";
import { startClient } from "./start-client.ts";
import { expectNothingLost, type Send, startTraffic } from "./traffic.ts";

const rounds = 2;
const clients = 8;
const waitMs = 1_000;

interface Fault {
  url: string;
  /** How many requests it has refused before it is mended. */
  refusals: number;
  strike(): Promise<void>;
  mend(): Promise<void>;
}

const faults: Record<string, (postgres: Postgres) => Promise<Fault>> = {
  async "a network that swallows everything"(postgres) {
    const { url, freeze, thaw } = await startNetwork(postgres.url);
    return { url, refusals: 2 * clients, strike: freeze, mend: thaw };
  },
  async "a network that swallows everything but new connections"(postgres) {
    const { url, freeze, failOver } = await startNetwork(postgres.url);
    return { url, refusals: 2 * clients, strike: freeze, mend: failOver };
  },
  async "a network that breaks every connection"(postgres) {
    const { url, reset } = await startNetwork(postgres.url);
    return { url, refusals: 1, strike: reset, mend: async () => {} };
  },
  async "a server that stands still"({ url, freeze, thaw }) {
    return { url, refusals: 2 * clients, strike: freeze, mend: thaw };
  },
};

describe.skipIf(!programs)("under load (needs the programs of a PostgreSQL server)", () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });

  test.each(Object.entries(faults))("%s loses no acknowledged write and halves none", async (name, startFault) => {
    const { url, refusals, strike, mend } = await startFault(postgres);
    const limits = { max: 5, connectionTimeoutMillis: waitMs, waitMs };
    const gateway = await startClient(connect({ connectionString: url, ...limits }, { silenceMs: waitMs }));
    const { send, slowest } = timed(gateway.send);
    const traffic = startTraffic(send, clients, gateway.parentId, name.replaceAll(" ", "-"));
    for (let round = 1; round <= rounds; round++) {
      await traffic.progress(40);
      const enough = traffic.refused() + refusals;
      await strike();
      await expect.poll(traffic.refused, { timeout: 20_000, interval: 10 }).toBeGreaterThanOrEqual(enough);
      await mend();
    }
    await traffic.progress(40);
    await traffic.stop();
    expect(traffic.wrong).toEqual([]);
    expect(slowest()).toBeLessThan(patienceMs);
    await expectNothingLost(await connectAside(postgres.url), traffic.acknowledged);
  });
});

/** The same, and how long the slowest answer took, in milliseconds. */
function timed(send: Send): { send: Send; slowest(): number } {
  let slowest = 0;
  return {
    async send(write) {
      const sentAt = performance.now();
      const outcome = await send(write);
      slowest = Math.max(slowest, performance.now() - sentAt);
      return outcome;
    },
    slowest: () => slowest,
  };
}
