import {
  type ExecutionArgs,
  GraphQLError,
  type GraphQLObjectType,
  getOperationAST,
  type OperationDefinitionNode,
} from "graphql";
import { Prisma } from "../../prisma/generated/client/client.ts";
import { coerceVariables } from "../coerce-variables.ts";
import type { Context } from "../context.ts";
import { DomainError } from "../errors.ts";
import { NotCompiled, type Row } from "../reading/reader.ts";
import { collectFields, type Fields, selectionsOf, TooManySelections } from "../selection.ts";
import { Compilation } from "./compilation.ts";

/** An operation that may be compiled. */
export interface Operation {
  readonly node: OperationDefinitionNode;
  readonly root: GraphQLObjectType;
  readonly fields: Fields;
  readonly compilation: Compilation;
}

/** The result of a compiled operation. */
export interface CompiledAnswer {
  /** The text of `data`. Absent: the resolvers have to answer. */
  readonly data?: string;
  /** Present if a mutation has run: returns its payload, or throws its error. */
  readonly done?: () => unknown;
  /** The error, if the database cannot answer now. */
  readonly unavailable?: unknown;
}

/** The row of the fields of Query and Mutation, which belong to no record. */
export const noRow: Row = {
  alias: Prisma.empty,
  id: undefined,
  column: () => {
    throw new NotCompiled("no row");
  },
};

/** The operation to execute, or undefined if something in it is wrong. */
export function operationOf(args: ExecutionArgs): Operation | undefined {
  const { schema, document, operationName, variableValues, contextValue } = args;
  const operation = getOperationAST(document, operationName);
  const root = operation && schema.getRootType(operation.operation);
  if (!operation || !root) return undefined;
  const { coerced } = coerceVariables(schema, operation, variableValues);
  if (!coerced) return undefined;
  const selections = selectionsOf(schema, document, coerced);
  return {
    node: operation,
    root,
    fields: collectFields(selections, [operation.selectionSet], root),
    compilation: new Compilation(selections, contextValue as Context, operation.operation === "query"),
  };
}

/** Whether the resolvers should answer, because they make the right error. */
export function isForResolvers(error: unknown): boolean {
  return [NotCompiled, DomainError, GraphQLError, TooManySelections].some((kind) => error instanceof kind);
}
