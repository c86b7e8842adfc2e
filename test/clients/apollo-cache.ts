import { InMemoryCache } from "@apollo/client";
import { relayStylePagination } from "@apollo/client/utilities";

/** Pages are joined if they are of the same list: if these arguments are equal. */
const list = relayStylePagination(["filter", "orderBy", "parentId", "maxDepth"]);

/** Records are known by their ids. */
export const settings = {
  possibleTypes: {
    Actor: ["Customer", "Member"],
    Node: ["Channel", "Conversation", "Customer", "Integration", "Member", "Message", "Participant", "Workspace"],
  },
  typePolicies: {
    Query: {
      fields: {
        ...{ conversations: list, listSubConversations: list },
        ...{ customers: list, members: list, channels: list, integrations: list },
      },
    },
    Conversation: { fields: { children: list, descendants: list, messages: list, participants: list } },
    Customer: { fields: { conversations: list } },
    Member: { fields: { conversations: list } },
    Channel: { fields: { conversations: list } },
    Message: { fields: { replies: list } },
  },
};

export const newCache = () => new InMemoryCache(settings);
