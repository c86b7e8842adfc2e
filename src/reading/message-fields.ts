import { type Conversation, type Message, Prisma } from "../../prisma/generated/client/client.ts";
import {
  type Attachments,
  type LocalizedTexts,
  maxAttachments,
  maxLanguages,
  messagesFilterRules,
} from "../rules/message-input.ts";
import { parse } from "../rules/parse.ts";
import { jsonObjects } from "./json-objects.ts";
import { concatenate } from "./json-text.ts";
import { orderByNumber } from "./order.ts";
import { firstOf, ownedList } from "./owned-list.ts";
import type { CountedPage, PageArgs } from "./page.ts";
import { needsRead, type Reader } from "./reader.ts";
import { required, toActor, toOne } from "./to-one.ts";

// The messages of a conversation and the replies to a message: PUBLIC ones, unless a client asks for INTERNAL ones.

const { sql } = Prisma;

const isPublic = sql`r.visibility = 'PUBLIC'`;
const isInternal = sql`r.visibility = 'INTERNAL'`;

const inConversation = {
  table: "Message",
  ownerColumn: "conversationId",
  order: orderByNumber<Message>("messages", "DESC"),
} as const;

const publicMessages = ownedList({ ...inConversation, totalColumns: ["messagesCount"], condition: isPublic });

/** The messages, newest first. */
export const messages = needsRead(
  byVisibility<Conversation>({
    PUBLIC: publicMessages,
    INTERNAL: ownedList({ ...inConversation, totalColumns: ["internalMessagesCount"], condition: isInternal }),
    ALL: ownedList({ ...inConversation, totalColumns: ["messagesCount", "internalMessagesCount"] }),
  }),
);

/** The last PUBLIC message, or null if there is none. */
export const lastMessage = needsRead(firstOf(publicMessages));

const inReply = {
  table: "Message",
  ownerColumn: "parentId",
  order: orderByNumber<Message>("replies", "ASC"),
} as const;

/** The replies to a message, oldest first. */
export const replies = needsRead(
  byVisibility<Message>({
    PUBLIC: ownedList({ ...inReply, totalColumns: ["repliesCount"], condition: isPublic }),
    INTERNAL: ownedList({ ...inReply, totalColumns: ["internalRepliesCount"], condition: isInternal }),
    ALL: ownedList({ ...inReply, totalColumns: ["repliesCount", "internalRepliesCount"] }),
  }),
);

export const parent = needsRead(toOne("Message", "parentId"));
export const conversation = required(toOne("Conversation", "conversationId"));
export const author = toActor("authorMemberId", "authorCustomerId");
export const integration = toOne("Integration", "integrationId");
export const channel = toOne("Channel", "channelId");

type Said = Pick<Message, "text" | "language" | "translations">;

/** The original text and its translations. Empty if there are only attachments, or if the message was redacted. */
export const content: Reader<Said, unknown, { language: string | null; text: string }[]> = {
  resolve: ({ text, language, translations }) =>
    text === "" ? [] : [{ language, text }, ...(translations as LocalizedTexts)],
  sql: (field) => {
    const { row } = field;
    const original = sql`CASE WHEN ${row.column("text")} = '' THEN '' ELSE ${field.object(row)} END`;
    const others = { max: maxLanguages - 1, first: "goes on" } as const;
    const translations = jsonObjects(field, row.column("translations"), others);
    return concatenate(["[", original, ...translations, "]"]);
  },
};

/** The attached files, which are held elsewhere. */
export const attachments: Reader<Pick<Message, "attachments">, unknown, Attachments> = {
  resolve: (message) => message.attachments as Attachments,
  sql: (field) => {
    const all = { max: maxAttachments, first: "begins the list" } as const;
    return concatenate(["[", ...jsonObjects(field, field.row.column("attachments"), all), "]"]);
  },
};

type Shown = "PUBLIC" | "INTERNAL" | "ALL";
type MessagesArgs = PageArgs & { filter?: unknown };

function visibilityOf({ filter }: MessagesArgs): Shown {
  const { visibility } = parse(messagesFilterRules, { filter: filter ?? {} }, "").filter;
  const [only] = visibility;
  return visibility.size === 1 && only ? only : "ALL";
}

const unchanged = (visibility: Shown) => visibility;

/** The list that the filter asks for. */
function byVisibility<Parent>(
  lists: Record<Shown, Reader<Parent, PageArgs, CountedPage<Message>>>,
): Reader<Parent, MessagesArgs, CountedPage<Message>> {
  return {
    resolve: (owner, args, context) => lists[visibilityOf(args)].resolve(owner, args, context),
    sql: (field) => lists[field.read(visibilityOf).choice(unchanged)].sql(field),
  };
}
