import { type GraphQLObjectType, getNamedType, isLeafType } from "graphql";
import type { Prisma } from "../../prisma/generated/client/client.ts";
import type { Context } from "../context.ts";
import { DomainError } from "../errors.ts";
import { isRecord } from "../pricing/field-cost.ts";
import { constant, constantText } from "../reading/json-text.ts";
import { loaders, type Records } from "../reading/loaders.ts";
import { parameter } from "../reading/parameter.ts";
import { NotCompiled } from "../reading/reader.ts";
import { recordSql } from "../reading/to-one.ts";
import type { Output } from "../writing/output.ts";
import type { Selected } from "./compilation.ts";
import { objectText } from "./object-text.ts";
import { type CompiledAnswer, noRow, type Operation } from "./operation.ts";
import { countRecordMarks, runStatement } from "./run-statement.ts";
import { isSelected, selectedOutput } from "./selected-output.ts";

type Payload = Record<string, unknown>;
type Run = (context: Context, input: unknown, output?: Output<unknown>) => Promise<Payload>;

/**
 * Runs the one operation of a mutation. If possible, its own statement reads the selected fields of the payload. Otherwise one more
 * statement reads them.
 */
export async function answerMutation({ root, fields, compilation }: Operation): Promise<CompiledAnswer> {
  const [[key, nodes] = [], ...others] = fields;
  if (!key || !nodes || nodes[0]?.name.value === "__typename" || others.length > 0) return {};
  const selected = compilation.select(root, nodes, noRow);
  const run = selected.field.extensions.operation as Run | undefined;
  if (!run) return {};
  const [result] = await Promise.allSettled([run(compilation.context, selected.args.input, selectedOutput(selected))]);
  const done = () => {
    if (result.status === "rejected") throw result.reason;
    return wholePayload(compilation.context, selected, result.value);
  };
  if (result.status === "rejected") return { done };
  try {
    const text = payloadText(selected, result.value);
    const known = text && constantText(text);
    if (known !== undefined) countRecordMarks(known);
    const data = known ?? (text && (await runStatement(compilation, text)));
    return data ? { data: `{"${key}":${data}}` } : { done };
  } catch {
    // The write is done. The resolvers read the selected fields of it, or make the error.
    return { done };
  }
}

/** The JSON text of the payload. Undefined if the selection needs only the records that the payload holds already. */
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
    if (isSelected(value)) {
      if (value.answer === null) throw new NotCompiled(`${name} has to be resolved`);
      return constant(value.answer);
    }
    if (!isRecord(field.type) || Array.isArray(value)) throw new NotCompiled(`${name} is no record`);
    records++;
    const { id } = value as { id: string };
    // It is NULL if the record was deleted in the meantime.
    return recordSql(field, field.type.name as keyof Records, { value: parameter(id, "uuid"), id: { current: id } });
  });
  return records === 0 || compilation.sources > records ? text : undefined;
}

/** The payload for resolvers, with whole records. */
async function wholePayload(context: Context, { type }: Selected, payload: Payload): Promise<Payload> {
  const whole = { ...payload };
  for (const [name, value] of Object.entries(payload)) {
    if (!isSelected(value)) continue;
    const { name: table } = getNamedType(type.getFields()[name]?.type) as GraphQLObjectType;
    whole[name] = await loaders[table as keyof Records](context).load(value.id);
    if (!whole[name]) throw new DomainError("NOT_FOUND", "The record was deleted meanwhile.", { reason: "RECORD" });
  }
  return whole;
}
