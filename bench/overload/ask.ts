import { once } from "node:events";
import { type Agent, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";

/** Sends one GraphQL request and returns its result. A connection that breaks has the status 0. */
export async function ask(url: URL, key: string, body: unknown, agent: Agent) {
  const startedAt = performance.now();
  try {
    const headers = { "content-type": "application/json", "x-api-key": key };
    const sent = request(url, { method: "POST", agent, headers });
    sent.end(JSON.stringify(body));
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    const answer = JSON.parse(await text(response));
    const ms = performance.now() - startedAt;
    const retryAfter = response.headers["retry-after"];
    return { status: response.statusCode ?? 0, answer, ms, retryAfter };
  } catch {
    return { status: 0, answer: undefined, ms: performance.now() - startedAt, retryAfter: undefined };
  }
}

export function quantile(values: number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

export const pageQuery = `query ($id: ID!) { listSubConversations(parentId: $id, first: 30) {
  nodes { id name counts { children messages participants } participants(first: 5) { nodes { actor { __typename } } } } } }`;
