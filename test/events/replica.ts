import { testDatabase } from "../support/database.ts";
import type { newWorkspace } from "../support/workspace.ts";

type Workspace = Awaited<ReturnType<typeof newWorkspace>>;

const page = `query ($after: String) { events(after: $after, first: 100, filter: { includeInternal: true }) {
  pageInfo { endCursor hasNextPage }
  nodes {
    number type conversationId messageId
    conversation { name metadata parent { id } channels { id } participants(first: 100) { nodes { lastReadNumber actor { id } } } }
    message { number text metadata revision deletedAt visibility }
    channel { id } actorId customer { id name email phone externalId image metadata }
  } } }`;

/** The records that a reader keeps who is told by events alone, by what names them. */
export type State = Record<"conversations" | "channels" | "participants" | "messages" | "customers", object>;

// biome-ignore lint/suspicious/noExplicitAny: as the query above answers
type Event = any;

/** A copy of a workspace that is kept by the events of its log, each applied with the record that it names as that is now. */
export class Replica {
  readonly numbers: number[] = [];
  readonly types = new Set<string>();
  readonly #records = { conversations: new Map(), channels: new Map(), participants: new Map(), messages: new Map() };
  readonly #customers = new Map<string, object>();
  #after: string | null = null;

  /** Reads on to the end of the log. */
  async follow({ ask }: Pick<Workspace, "ask">): Promise<void> {
    for (let more = true; more; ) {
      const { events } = await ask(page, { after: this.#after });
      for (const event of events.nodes) this.#apply(event);
      this.#after = events.pageInfo.endCursor ?? this.#after;
      more = events.pageInfo.hasNextPage;
    }
  }

  get state(): State {
    const { conversations, channels, participants, messages } = this.#records;
    const sorted = (map: Map<string, unknown>) => Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
    return {
      conversations: sorted(conversations),
      channels: sorted(channels),
      participants: sorted(participants),
      messages: sorted(messages),
      customers: sorted(this.#customers),
    };
  }

  #apply(event: Event): void {
    const { type, number, conversationId, conversation, messageId, message, channel, actorId, customer } = event;
    this.numbers.push(number);
    this.types.add(type);
    const { conversations, channels, participants, messages } = this.#records;
    if (type === "CONVERSATION_DELETED") {
      conversations.delete(conversationId);
      for (const map of [channels, participants, messages])
        for (const key of map.keys()) if (key.startsWith(conversationId)) map.delete(key);
    } else if (type.startsWith("CONVERSATION") && conversation) {
      const { name, metadata, parent } = conversation;
      conversations.set(conversationId, { name, metadata, parentId: parent?.id ?? null });
    } else if (type === "CHANNEL_LINKED" && conversation) channels.set(`${conversationId} ${channel.id}`, {});
    else if (type.startsWith("PARTICIPANT") && conversation) {
      const found = conversation.participants.nodes.find((one: Event) => one.actor.id === actorId);
      const key = `${conversationId} ${actorId}`;
      if (found) participants.set(key, { lastReadNumber: found.lastReadNumber });
      else participants.delete(key);
    } else if (type.startsWith("MESSAGE") && message) messages.set(`${conversationId} ${messageId}`, message);
    else if (type === "CUSTOMER_DELETED") this.#customers.delete(actorId);
    else if (type.startsWith("CUSTOMER") && customer) this.#customers.set(actorId, customer);
  }
}

const tables: Record<keyof State, string> = {
  conversations: `SELECT 'conversation_' || id AS key, json_build_object('name', name, 'metadata', metadata,
      'parentId', 'conversation_' || "parentId") AS value FROM "Conversation" WHERE "workspaceId" = $1`,
  channels: `SELECT 'conversation_' || "conversationId" || ' channel_' || "channelId" AS key, '{}'::json AS value
    FROM "ConversationChannel" WHERE "workspaceId" = $1`,
  participants: `SELECT 'conversation_' || "conversationId" || ' ' || coalesce('member_' || "memberId", 'customer_' || "customerId") AS key,
      json_build_object('lastReadNumber', "lastReadNumber") AS value FROM "Participant" WHERE "workspaceId" = $1`,
  messages: `SELECT 'conversation_' || "conversationId" || ' message_' || id AS key, json_build_object('number', number, 'text', text,
      'metadata', metadata, 'revision', revision, 'visibility', visibility,
      'deletedAt', to_char("deletedAt" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) AS value
    FROM "Message" WHERE "workspaceId" = $1`,
  customers: `SELECT 'customer_' || id AS key, json_build_object('id', 'customer_' || id, 'name', name, 'email', email, 'phone', phone,
      'externalId', "externalId", 'image', image, 'metadata', metadata) AS value FROM "Customer" WHERE "workspaceId" = $1`,
};

/** The same as the tables have it. */
export async function storedState({ caller }: Pick<Workspace, "caller">): Promise<State> {
  const { pool } = await testDatabase();
  const state: Partial<State> = {};
  for (const [name, sql] of Object.entries(tables)) {
    const { rows } = await pool.query(`${sql} ORDER BY 1`, [caller.workspaceId]);
    state[name as keyof State] = Object.fromEntries(rows.map(({ key, value }) => [key, value]));
  }
  return state as State;
}
