import { InMemoryCache } from "@apollo/client";
import { relayStylePagination } from "@apollo/client/utilities";

const list = relayStylePagination(["filter", "orderBy"]);

/** Records are known by their ids. Pages of one list, which are those of one filter and order, are joined. */
export const newCache = () =>
  new InMemoryCache({
    possibleTypes: {
      Actor: ["Customer", "Member"],
      Node: ["Channel", "Conversation", "Customer", "Integration", "Member", "Message", "Participant", "Workspace"],
    },
    typePolicies: {
      Query: { fields: { conversations: list, customers: list, members: list, channels: list } },
      Conversation: { fields: { children: list, messages: list, participants: list } },
    },
  });
