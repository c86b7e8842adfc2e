import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { distribute } from "../src/database/distribute.ts";
import { migrate } from "../src/database/migrate.ts";
import { openDatabase } from "../src/database/open.ts";
import { createKey } from "../src/keys/manage-keys.ts";
import { createGateway } from "../src/server.ts";
import { createClusterDatabase } from "../test/citus/cluster-database.ts";
import { createDatabase, dropDatabase } from "../test/support/postgres.ts";

// The flow of a visitor, over HTTP through one gateway, on a plain PostgreSQL and on a Citus cluster in turns:
//
//   DATABASE_URL=postgresql://… CITUS_URL=postgresql://… [ROUNDS=5] [SECONDS=5] npx tsx bench/citus.ts
//
// Each visitor gets a conversation, sends three messages, and reads them. 16 visitors at a time, of 8 workspaces. Prints requests per
// second and the cluster's as a part of the plain one's: the median of the rounds, with the lowest and the highest.

const { DATABASE_URL, CITUS_URL } = process.env;
if (!DATABASE_URL || !CITUS_URL)
  throw new Error("DATABASE_URL has to name a plain PostgreSQL, and CITUS_URL a coordinator.");
const rounds = Number(process.env.ROUNDS ?? 5);
const seconds = Number(process.env.SECONDS ?? 5);
const workspaces = 8;
const visitorsEach = 2;
const requestsOfVisit = 5;

const open = `mutation ($input: GetOrCreateConversationInput!) {
  result: getOrCreateConversation(input: $input) { conversation { id } } }`;
const say = `mutation ($input: SendMessageInput!) { result: sendMessage(input: $input) { message { id number } } }`;
const read = `query ($id: ID!) { conversation(id: $id) { messages(first: 10) { totalCount nodes { id text } } } }`;

/** A gateway on a migrated database, and what sends the flow to it for some seconds: requests per second. */
async function startGateway(databaseUrl: string, spread: boolean) {
  const { db, pool, close } = await openDatabase({ databaseUrl, dataDir: "", poolSize: 16 });
  await migrate(pool, undefined, () => {});
  if (spread) await distribute(pool);
  const keys: string[] = [];
  for (let n = 0; n < workspaces; n++)
    keys.push(
      (await createKey(db, { workspace: `bench-${n}`, integration: "bench", permissions: ["fullAccess"] })).key,
    );
  const server = createGateway({ db, keyCacheSeconds: 5, graphiql: false, log: console.error });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  const send = async (key: string, query: string, variables: object) => {
    const headers = { "content-type": "application/json", "x-api-key": key };
    const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
    // biome-ignore lint/suspicious/noExplicitAny: a document answers what it asks for
    const { data, errors } = (await response.json()) as any;
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
  let visitors = 0;
  const visit = async (key: string) => {
    const customer = { externalId: `visitor ${visitors++}` };
    const { id } = (await send(key, open, { input: { customer } })).result.conversation;
    for (const text of ["Hello", "Is anybody there?", "Thanks"])
      await send(key, say, { input: { conversationId: id, sender: "CUSTOMER", text } });
    await send(key, read, { id });
  };
  return {
    async run(): Promise<number> {
      const startedAt = performance.now();
      let requests = 0;
      const work = async (key: string) => {
        while (performance.now() < startedAt + seconds * 1000) {
          await visit(key);
          requests += requestsOfVisit;
        }
      };
      await Promise.all(keys.flatMap((key) => Array.from({ length: visitorsEach }, () => work(key))));
      return requests / ((performance.now() - startedAt) / 1000);
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await close();
    },
  };
}

const plain = await createDatabase(DATABASE_URL, "bench");
const cluster = await createClusterDatabase(CITUS_URL);
try {
  const gateways = [await startGateway(plain.url, false), await startGateway(cluster.url, true)] as const;
  for (const { run } of gateways) await run();
  const results: { plain: number; spread: number }[] = [];
  for (let round = 0; round < rounds; round++)
    results.push({ plain: await gateways[0].run(), spread: await gateways[1].run() });
  for (const { plain, spread } of results)
    console.log(`${plain.toFixed(0)} and ${spread.toFixed(0)} requests per second`);
  const ratios = results.map(({ plain, spread }) => spread / plain).sort((a, b) => a - b);
  const [lowest, median, highest] = [ratios[0], ratios[Math.floor(rounds / 2)], ratios.at(-1)].map((n) =>
    n?.toFixed(2),
  );
  console.log(`On ${cluster.workers.length} workers: ${median} of the plain one's (${lowest} to ${highest})`);
  for (const { close } of gateways) await close();
} finally {
  await dropDatabase(DATABASE_URL, plain.name);
  await cluster.drop();
}
