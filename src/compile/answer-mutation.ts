import { getNamedType, isLeafType } from "graphql";
import type { Prisma } from "../../prisma/generated/client/client.ts";
import type { Context } from "../context.ts";
import { constant } from "../reading/json-text.ts";
import type { Records } from "../reading/loaders.ts";
import { parameter } from "../reading/parameter.ts";
import { NotCompiled } from "../reading/reader.ts";
import { recordSql } from "../reading/to-one.ts";
import { isRecord, type Selected } from "./compilation.ts";
import { objectText } from "./object-text.ts";
import { type CompiledAnswer, noRow, type Operation } from "./operation.ts";
import { readAnswer } from "./read-answer.ts";

type Payload = Record<string, unknown>;
type Run = (context: Context, input: unknown) => Promise<Payload>;

/** Runs the one operation of a mutation as ever, and reads what is selected of its payload by one statement. */
export async function answerMutation({ root, fields, compilation }: Operation): Promise<CompiledAnswer> {
  const [[key, nodes] = [], ...others] = fields;
  if (!key || !nodes || nodes[0]?.name.value === "__typename" || others.length > 0) return {};
  const selected = compilation.select(root, nodes, noRow);
  const run = selected.field.extensions.operation as Run | undefined;
  if (!run) return {};
  const [result] = await Promise.allSettled([run(compilation.context, selected.args.input)]);
  const done = () => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  };
  if (result.status === "rejected") return { done };
  try {
    const text = payloadText(selected, result.value);
    const data = text && (await readAnswer(compilation, text));
    return data ? { data: `{"${key}":${data}}` } : { done };
  } catch {
    // It is written all the same: the resolvers read what is selected of it, or make the error.
    return { done };
  }
}

/** JSON text of the payload, or undefined when its selection needs nothing but the records that are in it. */
function payloadText(selected: Selected, payload: Payload): Prisma.Sql | undefined {
  const { compilation, type, nodes } = selected;
  let records = 0;
  const text = objectText(compilation.fieldsOf(type, nodes), (name, below) => {
    if (name === "__typename") return constant(`"${type.name}"`);
    const field = compilation.select(type, below, noRow);
    const exposed = field.field.extensions.pothosExposedField as string | undefined;
    if (exposed === undefined) throw new NotCompiled(`${name} is made by its resolver`);
    const value = payload[exposed];
    if (value === null || value === undefined) return constant("null");
    const leaf = getNamedType(field.field.type);
    if (isLeafType(leaf)) return constant(JSON.stringify(leaf.serialize(value)));
    if (!isRecord(field.type) || Array.isArray(value)) throw new NotCompiled(`${name} is no record`);
    records++;
    const { id } = value as { id: string };
    // NULL when it was deleted meanwhile.
    return recordSql(field, field.type.name as keyof Records, { value: parameter(id, "uuid"), id });
  });
  return compilation.sources > records ? text : undefined;
}
