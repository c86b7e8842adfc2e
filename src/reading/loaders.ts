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

// Every record is read by its id here: one statement reads all that are asked for in one tick, and never a row of another workspace.
// Conversations and messages need the permission to read. The readers that use these loaders check it.

export const workspaces = recordsOf<Workspace>("Workspace", "id");
export const members = recordsOf<Member>("Member");
export const integrations = recordsOf<Integration>("Integration");
export const customers = recordsOf<Customer>("Customer");
export const channels = recordsOf<Channel>("Channel");
export const conversations = recordsOf<Conversation>("Conversation");
export const participants = recordsOf<Participant>("Participant");
export const messages = recordsOf<Message>("Message");

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

/** The rows of each type that lists are made of. Nobody asks for an event by its id. */
export interface Listed extends Records {
  Event: Event;
}

/** The loaders by type. */
export const loaders: { [Type in keyof Records]: (context: Context) => DataLoader<string, Records[Type] | null> } = {
  Workspace: workspaces,
  Member: members,
  Integration: integrations,
  Customer: customers,
  Channel: channels,
  Conversation: conversations,
  Participant: participants,
  Message: messages,
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

function recordsOf<Row extends { id: string }>(table: keyof Records, workspaceColumn = "workspaceId") {
  const [from, workspace] = [Prisma.raw(`"${table}"`), Prisma.raw(`"${workspaceColumn}"`)];
  return perRequest(({ db, caller }: Context) => {
    return new DataLoader<string, Row | null>(async (ids) => {
      const rows = await db.$queryRaw<Row[]>`
        SELECT * FROM ${from} WHERE ${workspace} = ${caller.workspaceId}::uuid AND id = ANY (${ids}::uuid[])`;
      for (const row of rows) types.set(row, table);
      const byId = new Map(rows.map((row) => [row.id, row]));
      return ids.map((id) => byId.get(id) ?? null);
    });
  });
}
