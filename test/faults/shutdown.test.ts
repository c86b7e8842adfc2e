import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";
import { beforeAll, describe, expect, test } from "vitest";
import { connect, openDatabase } from "../../src/database/open.ts";
import { createKey } from "../../src/manage-keys.ts";
import { startProcess } from "../support/process.ts";
import { connectAside, holdConversation, waiting } from "./in-process.ts";
import { freePort, programs, startPostgres } from "./own-postgres.ts";
import { clientKey, expectNothingLost, type Send, sender, startTraffic } from "./traffic.ts";
import { subConversation, topConversation } from "./writes.ts";

describe.skipIf(!programs)("SIGTERM (needs the programs of a PostgreSQL server)", () => {
  let databaseUrl: string;
  let key: string;
  beforeAll(async () => {
    ({ url: databaseUrl } = await startPostgres());
    const { db, close } = await openDatabase({ databaseUrl, dataDir: "", poolSize: 1 });
    ({ key } = await createKey(db, clientKey));
    await close();
  });

  const startGateway = async (port: number) => {
    const { child, printed, finished } = startProcess("src/main.ts", [], {
      DATABASE_URL: databaseUrl,
      DATABASE_POOL_SIZE: "5",
      PORT: String(port),
    });
    const [, url = ""] = await printed(/answers at (\S+)/);
    return { url, finished, signal: (name: NodeJS.Signals) => child.kill(name) };
  };

  const newParent = async (send: Send) => {
    const parent = await send(topConversation("parent"));
    if (!("id" in parent)) throw new Error(JSON.stringify(parent));
    return parent.id;
  };

  test("lets what is under way finish, takes nothing new, and ends well", async () => {
    const { url, signal, finished } = await startGateway(0);
    const send = sender(key, url);
    const parentId = await newParent(send);
    const hold = await holdConversation(databaseUrl, parentId);
    const answers = ["slow-1", "slow-2"].map((name) => send(subConversation(name, parentId)));
    await waiting(await connectAside(databaseUrl), 2);
    signal("SIGTERM");
    await expect.poll(() => send(topConversation("late")), { timeout: 5_000 }).toEqual({ wrong: "ECONNREFUSED" });
    await hold.release();
    expect(await Promise.all(answers)).toEqual(answers.map(() => ({ id: expect.any(String) })));
    expect(await finished).toMatchObject({ code: 0 });
  });

  test("answers those whose connection was still queued", async () => {
    const { url, signal, finished } = await startGateway(0);
    signal("SIGSTOP");
    const queued = Array.from({ length: 50 }, () => request(`${new URL(url).origin}/livez`, { agent: false }).end());
    const statuses = queued.map(async (sent) => ((await once(sent, "response")) as [IncomingMessage])[0].statusCode);
    const answered = Promise.allSettled(statuses);
    await Promise.all(queued.map(async (sent) => once(((await once(sent, "socket")) as [Socket])[0], "connect")));
    signal("SIGTERM");
    signal("SIGCONT");
    expect(await answered).toEqual(queued.map(() => ({ status: "fulfilled", value: 200 })));
    expect(await finished).toMatchObject({ code: 0 });
  });

  test("of one gateway after the other, each started again, loses no request", { timeout: 180_000 }, async () => {
    const ports = [await freePort(), await freePort()];
    const gateways = await Promise.all(ports.map(startGateway));
    const send = roundRobin(gateways.map(({ url }) => sender(key, url)));
    const traffic = startTraffic(send, 6, await newParent(send), "rolling");
    for (const [i, port] of ports.entries()) {
      await traffic.progress(40);
      gateways[i]?.signal("SIGTERM");
      expect(await gateways[i]?.finished).toMatchObject({ code: 0 });
      await traffic.progress(40);
      gateways[i] = await startGateway(port);
    }
    await traffic.stop();
    expect(traffic.wrong).toEqual([]);
    expect(traffic.refused()).toBe(0);
    const { pool, close } = connect({ connectionString: databaseUrl, max: 1 });
    await expectNothingLost(pool, traffic.acknowledged);
    await close();
  });
});

/** Each request to the next gateway, and again to the one after that only when the connection was refused. */
function roundRobin(gateways: Send[]): Send {
  let turn = 0;
  return async (write) => {
    const first = turn++;
    for (let attempt = 0; ; attempt++) {
      const outcome = await (gateways[(first + attempt) % gateways.length] as Send)(write);
      const refused = "wrong" in outcome && outcome.wrong === "ECONNREFUSED";
      if (!refused || attempt === gateways.length - 1) return outcome;
    }
  };
}
