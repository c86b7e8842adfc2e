import { GraphQLError } from "graphql";
import { createGraphQLError } from "graphql-yoga";

/** What Yoga makes of an error that is thrown before an operation runs. One that stands for several stays one. */
export function toGraphQLError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError) return error;
  const originalError = error instanceof Error ? error : new Error(String(error));
  return createGraphQLError(originalError.message, { originalError });
}
