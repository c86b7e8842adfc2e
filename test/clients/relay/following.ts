import { graphql } from "react-relay";

/** The stream of events that a console follows. */
export const following = graphql`
  subscription followingSubscription($after: String) {
    events(after: $after) {
      cursor
      nodes {
        number
        type
        conversation {
          name
        }
      }
    }
  }
`;
