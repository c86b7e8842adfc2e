import { cacheExchange } from "@urql/exchange-graphcache";
import { relayPagination } from "@urql/exchange-graphcache/extras";

const list = relayPagination();
const none = () => null;

/** Records are known by their ids; what has none belongs to the record around it. */
export const newCache = () =>
  cacheExchange({
    keys: {
      ...{ ConversationConnection: none, CustomerConnection: none, MemberConnection: none, MessageConnection: none },
      ...{ ChannelConnection: none, ParticipantConnection: none, IntegrationConnection: none },
      ...{ ConversationEdge: none, CustomerEdge: none, MemberEdge: none, MessageEdge: none },
      ...{ ChannelEdge: none, ParticipantEdge: none, IntegrationEdge: none },
      ...{ PageInfo: none, ConversationCounts: none, LocalizedText: none, Attachment: none },
      ...{ MessageRevision: none, Viewer: none },
    },
    resolvers: {
      Query: { conversations: list, customers: list, members: list, channels: list },
      Conversation: { children: list, messages: list, participants: list },
    },
  });
