import { Agent } from "node:http";
import { ask, pageQuery, quantile } from "./ask.ts";
import type { Workspace } from "./fill.ts";
import type { Gateway } from "./gateway.ts";

const create = `mutation ($input: GetOrCreateConversationInput!) {
  getOrCreateConversation(input: $input) { outcome conversation { id } } }`;

/** Sends the same getOrCreate 400 times at once. Returns how often each outcome, or each reason of an error, came. */
export async function sendBurst(url: URL, key: string) {
  const agent = new Agent({ keepAlive: true });
  const startedAt = performance.now();
  const variables = {
    input: { customer: { externalId: `burst-${startedAt}`, name: "Jane", email: "jane@example.com" } },
  };
  const answers = await Promise.all(
    Array.from({ length: 400 }, () => ask(url, key, { query: create, variables }, agent)),
  );
  agent.destroy();
  const outcomes: Record<string, number> = {};
  for (const { status, answer } of answers) {
    const { outcome } = answer?.data?.getOrCreateConversation ?? {};
    const heard = outcome ?? answer?.errors?.[0]?.extensions?.reason ?? String(status);
    outcomes[heard] = (outcomes[heard] ?? 0) + 1;
  }
  return { ...outcomes, seconds: Math.round(performance.now() - startedAt) / 1000 };
}

/** Lets so many clients repeat a request at once, after any answer, for so long. */
export async function sendLoad({ url, memory }: Gateway, { key, parentId }: Workspace, clients: number, ms: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const [accepted, refused]: number[][] = [[], []];
  let [unhelpful, wrong, peak] = [0, 0, 0];
  const end = Date.now() + ms;
  const client = async () => {
    while (Date.now() < end) {
      const { status, answer, ms, retryAfter } = await ask(
        url,
        key,
        { query: pageQuery, variables: { id: parentId } },
        agent,
      );
      if (status === 200 && answer.data?.listSubConversations?.nodes?.length === 30) accepted?.push(ms);
      else if (status === 503) {
        refused?.push(ms);
        if (!retryAfter) unhelpful++;
      } else wrong++;
    }
  };
  const watch = async () => {
    for (; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 250)))
      peak = Math.max(peak, await memory());
  };
  await Promise.all([watch(), ...Array.from({ length: clients }, client)]);
  agent.destroy();
  return {
    clients,
    answeredPerSecond: Math.round((accepted?.length ?? 0) / (ms / 1000)),
    median: Math.round(quantile(accepted ?? [], 0.5)),
    p99: Math.round(quantile(accepted ?? [], 0.99)),
    refused: refused?.length,
    refusalMedian: Math.round(quantile(refused ?? [], 0.5)),
    unhelpful,
    wrong,
    memory: peak,
  };
}
