import type pg from "pg";
import { expect, onTestFinished } from "vitest";
import type { NewKey } from "../../src/keys/manage-keys.ts";
import { subConversation, topConversation, type Write } from "./writes.ts";

// Clients that write as fast as they are answered, and a ledger of what they were told.

/** No answer takes longer than this: the longest wait of the gateway, and some room. */
const patienceMs = 25_000;

const documents = {
  open: `mutation ($input: GetOrCreateConversationInput!) {
    result: getOrCreateConversation(input: $input) { conversation { id } } }`,
  openSub: `mutation ($input: CreateSubConversationInput!) {
    result: createSubConversation(input: $input) { conversation { id } } }`,
};

/** The outcome of a request: the conversation's id, the code of its refusal, or something that should not happen. */
export type Outcome = { id: string } | { refused: string } | { wrong: string };

export type Send = (write: Write) => Promise<Outcome>;

/** The key of `createKey` that lets a client do everything. */
export const clientKey: NewKey = { workspace: "faults", integration: "client", permissions: ["fullAccess"] };

/** Sends writes to the gateway at `url`; nothing a gateway or the network does makes it reject. */
export function sender(key: string, url: string | (() => string), patience = patienceMs): Send {
  return async ({ operation, input }) => {
    const body = JSON.stringify({ query: documents[operation], variables: { input } });
    const headers = { "content-type": "application/json", "x-api-key": key };
    const request = { method: "POST", headers, body, signal: AbortSignal.timeout(patience) };
    try {
      const response = await fetch(typeof url === "string" ? url : url(), request);
      return outcomeOf(JSON.parse(await response.text()));
    } catch (error) {
      return { wrong: reasonOf(error) };
    }
  };
}

// biome-ignore lint/suspicious/noExplicitAny: an answer is only known after it was looked at
function outcomeOf({ data, errors }: any): Outcome {
  if (errors) {
    const { code, reason } = errors[0].extensions;
    return code === "SERVICE_UNAVAILABLE" ? { refused: reason ?? code } : { wrong: JSON.stringify(errors) };
  }
  const id = data?.result?.conversation?.id;
  return id ? { id } : { wrong: JSON.stringify(data) };
}

/** The cause inside of fetch's "fetch failed". */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error & { cause?: NodeJS.ErrnoException };
  return cause?.code ?? cause?.message ?? message;
}

/** Clients that write until `stop`, repeating what was refused, but for every third of them, which gives up. */
export function startTraffic(send: Send, clients: number, parentId: string, prefix = "load") {
  const acknowledged = new Map<string, string>();
  const wrong: string[] = [];
  let refused = 0;
  let stopped = false;
  onTestFinished(() => {
    stopped = true;
  });
  const work = async (client: number) => {
    for (let turn = 0; !stopped; turn++) {
      const name = `${prefix}-${client}-${turn}`;
      const write = turn % 2 ? topConversation(name) : subConversation(name, parentId);
      for (let answered = false; !answered; ) {
        const outcome = await send(write);
        if ("id" in outcome) acknowledged.set(name, outcome.id);
        if ("wrong" in outcome) wrong.push(outcome.wrong);
        if ("refused" in outcome) refused++;
        answered = !("refused" in outcome) || turn % 3 === 0 || stopped;
        // A server that is away refuses at once: the clients leave it the processor to come back.
        if (!answered) await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  };
  const done = Promise.all(Array.from({ length: clients }, (_, client) => work(client)));
  return {
    acknowledged,
    wrong,
    refused: () => refused,
    /** Resolves after this many more acknowledgements. */
    async progress(count: number, timeout = 30_000) {
      const goal = acknowledged.size + count;
      await expect.poll(() => acknowledged.size, { timeout, interval: 10 }).toBeGreaterThanOrEqual(goal);
    },
    async stop() {
      stopped = true;
      await done;
    },
  };
}

/** The writes above that a database holds: ids by name, the number of rows of each name, and incomplete ones. */
export async function takeStock(pool: Pick<pg.Pool, "query">) {
  const { rows } = await pool.query<{ id: string; name: string; whole: boolean }>(
    `SELECT c.id, c.name, c."customerId" IS NOT NULL AND c."participantsCount" = 2
       AND (SELECT count(*) FROM "Participant" p WHERE p."workspaceId" = c."workspaceId" AND p."conversationId" = c.id) = 2
       AND (SELECT count(*) FROM "ConversationChannel" l JOIN "Channel" h ON h."workspaceId" = l."workspaceId" AND h.id = l."channelId"
            WHERE l."workspaceId" = c."workspaceId" AND l."conversationId" = c.id AND h.identifier = lower(c.name) || '.example.com') = 1
       AND (SELECT count(*) FROM "IdempotencyKey" k WHERE k."workspaceId" = c."workspaceId" AND k."conversationId" = c.id AND k.key = c.name)
           = (c."parentId" IS NOT NULL)::int AS whole
     FROM "Conversation" c`,
  );
  const orphans = await pool.query(
    `SELECT "externalId" FROM "Customer" u
     WHERE NOT EXISTS (SELECT FROM "Conversation" c WHERE c."workspaceId" = u."workspaceId" AND c."customerId" = u.id)`,
  );
  const miscounted = await pool.query(`SELECT r.* FROM "Workspace" w CROSS JOIN LATERAL conversation_recount(w.id) r`);
  const ids = new Map(rows.map(({ name, id }) => [name, `conversation_${id}`]));
  return {
    count: rows.length,
    ids,
    twice: rows.length - ids.size,
    halves: rows.filter(({ whole }) => !whole).map(({ name }) => name),
    orphans: orphans.rows,
    miscounted: miscounted.rows,
  };
}

/** Every acknowledged write is there under the id that was told, once, and whatever is there is whole. */
export async function expectNothingLost(pool: Pick<pg.Pool, "query">, acknowledged: Map<string, string>) {
  const { ids, twice, halves, orphans, miscounted } = await takeStock(pool);
  const lost = [...acknowledged].filter(([name, id]) => ids.get(name) !== id);
  expect({ lost, twice, halves, orphans, miscounted }).toEqual({
    lost: [],
    twice: 0,
    halves: [],
    orphans: [],
    miscounted: [],
  });
}
