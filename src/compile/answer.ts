import type { ExecutionArgs } from "graphql";
import { answerMutation } from "./answer-mutation.ts";
import { answerQuery } from "./answer-query.ts";
import { type CompiledAnswer, isForResolvers, operationOf } from "./operation.ts";

/** Answers an operation by one statement, if it compiles. For a mutation, the statement reads the selected fields of its payload. */
export async function answerCompiled(args: ExecutionArgs): Promise<CompiledAnswer> {
  try {
    const operation = operationOf(args);
    if (operation?.type === "query") return await answerQuery(operation);
    return operation?.type === "mutation" ? await answerMutation(operation) : {};
  } catch (error) {
    if (isForResolvers(error)) return {};
    throw error;
  }
}
