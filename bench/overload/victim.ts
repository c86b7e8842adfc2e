import { Agent } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { ask, pageQuery, quantile } from "./ask.ts";
import type { Workspace } from "./fill.ts";

const loops = 4;
const pauseMs = 25;

/** Reads an ordinary page in four loops, for so long. Returns the milliseconds of the answers, and how many requests failed. */
export async function watchVictim(url: URL, { key, parentId }: Workspace, ms: number) {
  const agent = new Agent({ keepAlive: true });
  const times: number[] = [];
  let failed = 0;
  const end = Date.now() + ms;
  const loop = async () => {
    while (Date.now() < end) {
      const { status, answer, ms } = await ask(url, key, { query: pageQuery, variables: { id: parentId } }, agent);
      if (status === 200 && answer.data?.listSubConversations?.nodes?.length === 30) times.push(ms);
      else failed++;
      await wait(pauseMs);
    }
  };
  await Promise.all(Array.from({ length: loops }, loop));
  agent.destroy();
  return { median: quantile(times, 0.5), p99: quantile(times, 0.99), answered: times.length, failed };
}
