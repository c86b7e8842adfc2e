import { cacheExchange } from "@urql/exchange-graphcache";
import { relayPagination } from "@urql/exchange-graphcache/extras";

const list = relayPagination();
const none = () => null;

/** Records are known by their ids; what has none belongs to the record around it. Pages of one list are joined. */
export const settings = {
  keys: {
    ...{ Attachment: none, ConversationCounts: none, EventBatch: none, LocalizedText: none },
    ...{ MessageRevision: none, Viewer: none },
  },
  resolvers: {
    Query: {
      ...{ conversations: list, listSubConversations: list },
      ...{ customers: list, members: list, channels: list, integrations: list },
    },
    Conversation: { children: list, descendants: list, messages: list, participants: list },
    Customer: { conversations: list },
    Member: { conversations: list },
    Channel: { conversations: list },
    Message: { replies: list },
  },
};

export const newCache = () => cacheExchange(settings);
