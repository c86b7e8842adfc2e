import { createElement } from "react";
import { graphql, useLazyLoadQuery, usePaginationFragment } from "react-relay";
import { Listing } from "./listing.ts";

/** The newest sub-conversations of a conversation, and older ones on demand. */
export function Newest({ id }: { id: string }) {
  const data = useLazyLoadQuery(
    graphql`
      query newestQuery($id: ID!) {
        conversation(id: $id) {
          ...newest_conversation
        }
      }
    `,
    { id },
  );
  return createElement(NewestOf, data);
}

function NewestOf({ conversation }: { conversation: unknown }) {
  const { data, hasNext, hasPrevious, loadNext, refetch } = usePaginationFragment(
    graphql`
      fragment newest_conversation on Conversation
      @refetchable(queryName: "newestPaginationQuery")
      @argumentDefinitions(count: { type: "Int", defaultValue: 4 }, cursor: { type: "String" }) {
        name
        children(first: $count, after: $cursor) @connection(key: "newest_children") {
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
  return createElement(Listing, { ...{ data, hasNext, hasPrevious, refetch }, more: () => loadNext(3) });
}
