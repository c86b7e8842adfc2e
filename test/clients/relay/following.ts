import { graphql } from "react-relay";

/** What a console follows. */
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
