import { GraphQLError } from "graphql";
import { createGraphQLError } from "graphql-yoga";

/** Makes a GraphQLError as Yoga does, of an error before an operation runs. A GraphQLError stays as it is. */
export function toGraphQLError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError) return error;
  const originalError = error instanceof Error ? error : new Error(String(error));
  return createGraphQLError(originalError.message, { originalError });
}
