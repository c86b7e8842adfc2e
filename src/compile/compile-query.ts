import {
  type ExecutionArgs,
  type FieldNode,
  GraphQLError,
  type GraphQLObjectType,
  getOperationAST,
  getVariableValues,
} from "graphql";
import { Prisma } from "../../prisma/generated/client/client.ts";
import type { Context } from "../context.ts";
import { DomainError } from "../errors.ts";
import { constant, constantText } from "../reading/json-text.ts";
import type { Plan } from "../reading/plan.ts";
import { NotCompiled, type RootReader, type Row } from "../reading/reader.ts";
import { collectFields, selectionsOf } from "../selection.ts";
import { Compilation } from "./compilation.ts";
import { objectText } from "./object-text.ts";

/** What answers a query: the text of its `data`, or the statement that returns it, NULL when only the resolvers can. */
export type CompiledQuery = string | { readonly expression: Prisma.Sql; readonly plan: Plan };

/** The compiled query, or undefined when only the resolvers can answer: whatever is wrong in a request, they make the error of. */
export async function compileQuery(args: ExecutionArgs): Promise<CompiledQuery | undefined> {
  try {
    return await compile(args);
  } catch (error) {
    if (error instanceof NotCompiled || error instanceof DomainError || error instanceof GraphQLError) return undefined;
    throw error;
  }
}

async function compile({ schema, document, operationName, variableValues, contextValue }: ExecutionArgs) {
  const operation = getOperationAST(document, operationName);
  const root = schema.getQueryType() as GraphQLObjectType;
  if (operation?.operation !== "query") return undefined;
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variableValues ?? {}, {
    maxErrors: 1,
  });
  if (!coerced) return undefined;
  const selections = selectionsOf(schema, document, coerced);
  const compilation = new Compilation(selections, contextValue as Context);
  const fields = collectFields(selections, [operation.selectionSet], root);
  const texts = new Map<FieldNode[], Prisma.Sql>();
  for (const nodes of fields.values()) texts.set(nodes, await rootText(compilation, root, nodes));
  const data = objectText(fields, (_, nodes) => texts.get(nodes) as Prisma.Sql);
  return constantText(data) ?? { expression: data, plan: compilation.plan };
}

/** The fields of Query are of no record. */
const noRow: Row = {
  alias: Prisma.empty,
  id: undefined,
  column: () => {
    throw new NotCompiled("no row");
  },
};

async function rootText(compilation: Compilation, root: GraphQLObjectType, nodes: FieldNode[]): Promise<Prisma.Sql> {
  if (nodes[0]?.name.value === "__typename") return constant(`"${root.name}"`);
  const selected = compilation.select(root, nodes, noRow);
  const reader = selected.field.extensions.reader as RootReader<unknown, unknown> | undefined;
  if (!reader) throw new NotCompiled(`${selected.field.name} has no reader`);
  return reader.sql(selected);
}
