import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { connect, openDatabase } from "../../src/database/open.ts";
import { createKey } from "../../src/keys/manage-keys.ts";
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

  const startGateway = async (port: number, env: Record<string, string> = {}) => {
    const { child, printed, finished } = startProcess("src/main.ts", [], {
      DATABASE_URL: databaseUrl,
      DATABASE_POOL_SIZE: "5",
      PORT: String(port),
      SHUTDOWN_DELAY_SECONDS: "0",
      ...env,
    });
    const [, url = ""] = await printed(/answers at (\S+)/);
    return { url, finished, signal: (name: NodeJS.Signals) => child.kill(name) };
  };

  const newParent = async (send: Send) => {
    const parent = await send(topConversation("parent"));
    if (!("id" in parent)) throw new Error(JSON.stringify(parent));
    return parent.id;
  };

  test("finishes the requests that have begun, takes no new ones, and ends with 0", async () => {
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

  test("answers requests whose connection was still queued", async () => {
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

  test("cuts off requests that take longer than the grace period, and ends with 0 all the same", async () => {
    const { url, signal, finished } = await startGateway(0, { SHUTDOWN_GRACE_SECONDS: "2" });
    const send = sender(key, url);
    const parentId = await newParent(send);
    const aside = await connectAside(databaseUrl);
    const hold = await holdConversation(databaseUrl, parentId);
    const answer = send(subConversation("too-slow", parentId));
    await waiting(aside, 1);
    signal("SIGTERM");
    expect(await finished).toMatchObject({ code: 0 });
    // PostgreSQL has not given up on the lock: the gateway did not wait for that.
    await waiting(aside, 1);
    expect(await answer).toHaveProperty("wrong");
    await hold.release();
  });

  test("tells balancers first: for a while, requests are taken and every connection is asked to close", async () => {
    const { url, signal } = await startGateway(0, { SHUTDOWN_DELAY_SECONDS: "60" });
    const ready = async () => (await fetch(new URL("/readyz", url))).status;
    expect(await ready()).toBe(200);
    signal("SIGTERM");
    await expect.poll(ready, { timeout: 5_000 }).toBe(503);
    expect((await fetch(new URL("/livez", url))).headers.get("connection")).toBe("close");
    expect(await sender(key, url)(topConversation("while-leaving"))).toHaveProperty("id");
  });

  test("of one gateway after the other, behind a balancer, loses no request", { timeout: 180_000 }, async () => {
    const ports = [await freePort(), await freePort()];
    const env = { SHUTDOWN_DELAY_SECONDS: "2" };
    const gateways = await Promise.all(ports.map((port) => startGateway(port, env)));
    const send = balance(gateways.map(({ url }) => url));
    const traffic = startTraffic(send, 6, await newParent(send), "rolling");
    for (const [i, port] of ports.entries()) {
      await traffic.progress(40);
      gateways[i]?.signal("SIGTERM");
      expect(await gateways[i]?.finished).toMatchObject({ code: 0 });
      await traffic.progress(40);
      gateways[i] = await startGateway(port, env);
    }
    await traffic.progress(40);
    await traffic.stop();
    expect(traffic.wrong).toEqual([]);
    expect(traffic.refused()).toBe(0);
    const { pool, close } = connect({ connectionString: databaseUrl, max: 1 });
    await expectNothingLost(pool, traffic.acknowledged);
    await close();
  });

  /** Each request goes to the next gateway that said it was ready, and to no other. */
  const balance = (urls: string[]): Send => {
    const ready = new Set(urls);
    const ask = async (url: string) => {
      const { ok } = await fetch(new URL("/readyz", url)).catch(() => ({ ok: false }));
      if (ok) ready.add(url);
      else ready.delete(url);
    };
    const timers = urls.map((url) => setInterval(() => ask(url), 100));
    onTestFinished(() => timers.forEach(clearInterval));
    let turn = 0;
    return (write) => {
      const all = [...ready];
      return sender(key, all[turn++ % all.length] as string)(write);
    };
  };
});
