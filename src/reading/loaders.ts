import DataLoader from "dataloader";
import {
  type Channel,
  type Conversation,
  type Customer,
  type Event,
  type Integration,
  type Member,
  type Message,
  type Participant,
  Prisma,
  type Workspace,
} from "../../prisma/generated/client/client.ts";
import { type Context, perRequest } from "../context.ts";

// Every record is read by its id here. One statement reads all that are asked for in one tick, and never a row of another workspace.
// Conversations and messages need the permission to read; the readers that use these loaders check it.

/** The records of each type. */
export interface Records {
  Workspace: Workspace;
  Member: Member;
  Integration: Integration;
  Customer: Customer;
  Channel: Channel;
  Conversation: Conversation;
  Participant: Participant;
  Message: Message;
}

/** The rows of which lists are made, by type. Nobody asks for an event by its id. */
export interface Listed extends Records {
  Event: Event;
}

/** The loaders by type. */
export const loaders: { [Type in keyof Records]: (context: Context) => DataLoader<string, Records[Type] | null> } = {
  Workspace: recordsOf("Workspace", "id"),
  Member: recordsOf("Member"),
  Integration: recordsOf("Integration"),
  Customer: recordsOf("Customer"),
  Channel: recordsOf("Channel"),
  Conversation: recordsOf("Conversation"),
  Participant: recordsOf("Participant"),
  Message: recordsOf("Message"),
};

/** Customers by the id that the workspace's own system has for them. */
export const customersByExternalId = perRequest(({ db, caller }) => {
  return new DataLoader<string, Customer | null>(async (externalIds) => {
    const rows = await db.$queryRaw<Customer[]>`
      SELECT * FROM "Customer"
      WHERE "workspaceId" = ${caller.workspaceId}::uuid AND "externalId" = ANY (${externalIds}::text[])`;
    const byExternalId = new Map(rows.map((row) => [row.externalId, row]));
    return externalIds.map((externalId) => byExternalId.get(externalId) ?? null);
  });
});

/** WEBSITE channels by their hostname. */
export const websitesByIdentifier = perRequest(({ db, caller }) => {
  return new DataLoader<string, Channel | null>(async (identifiers) => {
    const rows = await db.$queryRaw<Channel[]>`
      SELECT * FROM "Channel"
      WHERE "workspaceId" = ${caller.workspaceId}::uuid AND kind = 'WEBSITE' AND identifier = ANY (${identifiers}::text[])`;
    const byIdentifier = new Map(rows.map((row) => [row.identifier, row]));
    return identifiers.map((identifier) => byIdentifier.get(identifier) ?? null);
  });
});

const types = new WeakMap<object, keyof Records>();

/** The type of a record that a loader by id has read. */
export function typeOf(record: object): keyof Records | undefined {
  return types.get(record);
}

function recordsOf<Type extends keyof Records>(table: Type, workspaceColumn = "workspaceId") {
  const [from, workspace] = [Prisma.raw(`"${table}"`), Prisma.raw(`"${workspaceColumn}"`)];
  return perRequest(({ db, caller }: Context) => {
    return new DataLoader<string, Records[Type] | null>(async (ids) => {
      const rows = await db.$queryRaw<Records[Type][]>`
        SELECT * FROM ${from} WHERE ${workspace} = ${caller.workspaceId}::uuid AND id = ANY (${ids}::uuid[])`;
      for (const row of rows) types.set(row, table);
      const byId = new Map(rows.map((row) => [row.id, row]));
      return ids.map((id) => byId.get(id) ?? null);
    });
  });
}
