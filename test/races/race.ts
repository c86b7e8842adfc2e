import type pg from "pg";
import { afterEach, expect } from "vitest";
import type { Prisma } from "../../prisma/generated/client/client.ts";
import { encodeGlobalId } from "../../src/global-id.ts";
import { onCitus, testDatabase } from "../support/database.ts";
import { newWorkspace, withPermissions } from "../support/workspace.ts";

// Many requests at once, through two gateways. The embedded database serialises them, so only PostgreSQL shows what they do.

const documents = {
  getOrCreate: `mutation ($input: GetOrCreateConversationInput!) {
    result: getOrCreateConversation(input: $input) { outcome conversation { id customer { id } } } }`,
  createSub: `mutation ($input: CreateSubConversationInput!) {
    result: createSubConversation(input: $input) { conversation { id } } }`,
  update: `mutation ($input: UpdateConversationInput!) { result: updateConversation(input: $input) { conversation { id } } }`,
  updateCustomer: `mutation ($input: UpdateCustomerInput!) { result: updateCustomer(input: $input) { customer { name revision } } }`,
  send: `mutation ($input: SendMessageInput!) { result: sendMessage(input: $input) { outcome message { id number text } } }`,
  updateMessage: `mutation ($input: UpdateMessageInput!) { result: updateMessage(input: $input) { message { id } } }`,
  deleteMessage: `mutation ($input: DeleteMessageInput!) { result: deleteMessage(input: $input) { message { id } } }`,
  markRead: `mutation ($input: MarkReadInput!) { result: markRead(input: $input) { participant { id } } }`,
  addParticipants: `mutation ($input: AddParticipantsInput!) { result: addParticipants(input: $input) { added { id } } }`,
  removeParticipant: `mutation ($input: RemoveParticipantInput!) { result: removeParticipant(input: $input) { removed } }`,
  delete: `mutation ($input: DeleteConversationInput!) { result: deleteConversation(input: $input) { deletedCount } }`,
};

type Request = readonly [operation: keyof typeof documents, input: object];

/** The outcome of one request: its result, or the reason of its refusal. */
// biome-ignore lint/suspicious/noExplicitAny: what a document answers is only known by the test that sends it
export type Outcome = { result?: any; refused?: string };

/** A workspace to race in, the same through two gateways. */
export async function newRaceCourse() {
  const workspace = await newWorkspace();
  const gateways = [workspace.ctx.db, await secondGateway()].map((db) =>
    withPermissions({ ctx: { ...workspace.ctx, db } }, "engage", "delete"),
  );
  const send = async ([operation, input]: Request, through: number): Promise<Outcome> => {
    const { data, errors = [] } = (await gateways[through]?.query(documents[operation], { input })) ?? {};
    const [error] = errors;
    return error ? { refused: String(error.extensions.reason ?? error.extensions.code) } : data;
  };
  const race = (requests: Request[], through = 2) => Promise.all(requests.map((one, i) => send(one, i % through)));
  return {
    ...workspace,
    /** All at once, through one or two gateways in turn. */
    race,
    sendAll: (operation: Request[0], inputs: object[], through?: number) =>
      race(
        inputs.map((input) => [operation, input]),
        through,
      ),
    async newConversation(values: Partial<Prisma.ConversationUncheckedCreateInput> = {}): Promise<string> {
      const { workspaceId, integrationId: ownerIntegrationId } = workspace.caller;
      const data = { workspaceId, ownerIntegrationId, type: "GROUP" as const, ...values };
      return (await workspace.ctx.db.conversation.create({ data })).id;
    },
  };
}

export type RaceCourse = Awaited<ReturnType<typeof newRaceCourse>>;

let second: ReturnType<Awaited<ReturnType<typeof testDatabase>>["connectAgain"]> | undefined;
async function secondGateway() {
  second ??= (await testDatabase()).connectAgain();
  return second;
}

/** After each test: the counters equal a recount. */
export function recountAfterEach(): void {
  afterEach(async () => {
    const { pool } = await testDatabase();
    const { rows } = await pool.query(`SELECT r.* FROM "Workspace" w CROSS JOIN LATERAL conversation_recount(w.id) r`);
    expect(rows, "counters that differ from a recount").toEqual([]);
  });
}

/** A number that a query answers, summed over the servers of a cluster: rows are locked on its workers. */
export async function sumOverServers(db: Pick<pg.ClientBase, "query">, query: string): Promise<number> {
  const everywhere = "SELECT sum(result::int)::int AS sum FROM run_command_on_all_nodes($1)";
  const { rows } = onCitus
    ? await db.query(everywhere, [query])
    : await db.query(`SELECT number::int AS sum FROM (${query}) AS one (number)`);
  return rows[0].sum;
}

export function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

export const idOf = (uuid: string) => encodeGlobalId("Conversation", uuid);
export const refusalsOf = (outcomes: Outcome[]) => new Set(outcomes.flatMap(({ refused }) => refused ?? []));
export const succeeded = (outcomes: Outcome[]) => outcomes.filter(({ refused }) => !refused);
