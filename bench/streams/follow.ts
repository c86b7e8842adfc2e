import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";

const query = "subscription { events { cursor nodes { number at } } }";

/** Opens a stream. `onEvent` gets the time at which each event was committed, and the time at which it came. */
export async function follow(url: URL, key: string, onEvent: (at: number, came: number) => void = () => {}) {
  const headers = { "content-type": "application/json", accept: "text/event-stream", "x-api-key": key };
  const sent = request(url, { method: "POST", headers, agent: false });
  sent.end(JSON.stringify({ query }));
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`A stream was refused with ${response.statusCode}.`);
  let text = "";
  response.setEncoding("utf8").on("data", (chunk) => {
    const came = Date.now();
    text += chunk;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      for (const [, at] of text.slice(0, end).matchAll(/"at":"([^"]+)"/g)) onEvent(Date.parse(at as string), came);
      text = text.slice(end + 2);
    }
  });
  response.on("error", () => {});
  return () => void response.destroy();
}

/** The value of a metric. */
export async function metric(url: URL, name: string): Promise<number> {
  const metrics = await (await fetch(new URL("/metrics", url))).text();
  return Number(new RegExp(`^${name} (\\S+)`, "m").exec(metrics)?.[1]);
}
