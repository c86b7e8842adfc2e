import { createElement } from "react";
import { graphql, useLazyLoadQuery, usePaginationFragment } from "react-relay";
import { Listing } from "./listing.ts";

/** The oldest sub-conversations of a conversation, and newer ones on demand. */
export function Oldest({ id }: { id: string }) {
  const data = useLazyLoadQuery(
    graphql`
      query oldestQuery($id: ID!) {
        conversation(id: $id) {
          ...oldest_conversation
        }
      }
    `,
    { id },
  );
  return createElement(OldestOf, data);
}

function OldestOf({ conversation }: { conversation: unknown }) {
  const { data, hasNext, hasPrevious, loadPrevious, refetch } = usePaginationFragment(
    graphql`
      fragment oldest_conversation on Conversation
      @refetchable(queryName: "oldestPaginationQuery")
      @argumentDefinitions(count: { type: "Int", defaultValue: 4 }, cursor: { type: "String" }) {
        name
        children(last: $count, before: $cursor) @connection(key: "oldest_children") {
          edges {
            node {
              id
              name
            }
          }
        }
      }
    `,
    conversation,
  );
  return createElement(Listing, { ...{ data, hasNext, hasPrevious, refetch }, more: () => loadPrevious(3) });
}
