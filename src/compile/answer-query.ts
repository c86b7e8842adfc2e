import type { FieldNode, GraphQLObjectType } from "graphql";
import { Prisma } from "../../prisma/generated/client/client.ts";
import { isUnavailable } from "../database/unavailable.ts";
import { constant, constantText } from "../reading/json-text.ts";
import { NotCompiled, type RootReader } from "../reading/reader.ts";
import type { Compilation } from "./compilation.ts";
import { KeptStatements, valuesOf } from "./kept-statement.ts";
import { objectText } from "./object-text.ts";
import { type CompiledAnswer, noRow, type Operation } from "./operation.ts";
import { runKept, runStatement } from "./run-statement.ts";

const kept = new KeptStatements();

/** Answers a query by one statement, or by none if it needs nothing from the database. */
export async function answerQuery(operation: Operation): Promise<CompiledAnswer> {
  const { node, compilation } = operation;
  const { selections, context } = compilation;
  const asked = { schema: selections.schema, operation: node, caller: context.caller };
  for (const statement of kept.of(asked)) {
    const values = statement.valuesFor(selections.variables);
    if (values) return answered(runKept(context, statement, values));
  }
  const made = await dataText(operation);
  const known = constantText(made);
  if (known !== undefined) return { data: known };
  const statement = compilation.toKeep(made);
  if (statement) kept.add(asked, statement);
  return answered(runStatement(compilation, new Prisma.Sql(made.strings, valuesOf(made))));
}

async function answered(running: Promise<string | undefined>): Promise<CompiledAnswer> {
  try {
    return { data: await running };
  } catch (error) {
    // Another error belongs to a field. The resolvers meet it again and place it.
    return isUnavailable(error) ? { unavailable: error } : {};
  }
}

async function dataText({ root, fields, compilation }: Operation): Promise<Prisma.Sql> {
  const texts = new Map<readonly FieldNode[], Prisma.Sql>();
  for (const nodes of fields.values()) texts.set(nodes, await rootText(compilation, root, nodes));
  return objectText(fields, (_, nodes) => texts.get(nodes) as Prisma.Sql);
}

async function rootText(
  compilation: Compilation,
  root: GraphQLObjectType,
  nodes: readonly FieldNode[],
): Promise<Prisma.Sql> {
  if (nodes[0]?.name.value === "__typename") return constant(`"${root.name}"`);
  const selected = compilation.select(root, nodes, noRow);
  const reader = selected.field.extensions.reader as RootReader<unknown, unknown> | undefined;
  if (!reader) throw new NotCompiled(`${selected.field.name} has no reader`);
  return reader.sql(selected);
}
