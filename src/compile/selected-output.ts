import { getNullableType, isLeafType, isListType } from "graphql";
import { Prisma } from "../../prisma/generated/client/client.ts";
import type { Row } from "../reading/reader.ts";
import { type Output, type SelectedRecord, selectedColumns, wholeRecord } from "../writing/output.ts";
import { Compilation, type Selected } from "./compilation.ts";
import { isForResolvers, noRow } from "./operation.ts";

const { sql, raw } = Prisma;

/** The row that an operation returns, by the name that all operations give it. */
const row: Row = { alias: sql`record`, id: undefined, column: (name) => raw(`record."${name}"`) };

/**
 * The output of an operation whose payload selects exactly one record: the operation's own statement reads the selection. Undefined if
 * that is not possible. Then another statement or the resolvers read the payload. A statement that writes sees the other rows as they were
 * before. Therefore it only reads a selection that needs nothing but the row that it has written.
 */
export function selectedOutput({ compilation, type, nodes }: Selected): Output<unknown> | undefined {
  // Its rows are no part of the statement that may follow.
  const own = new Compilation(compilation.selections, compilation.context);
  try {
    const fields = [...own.fieldsOf(type, nodes).values()]
      .filter(([first]) => first?.name.value !== "__typename")
      .map((below) => own.select(type, below, noRow));
    const [record, ...others] = fields.filter(({ field }) => !isLeafType(getNullableType(field.type)));
    if (!record || others.length > 0 || isListType(getNullableType(record.field.type))) return undefined;
    if (fields.some(({ field }) => field.extensions.pothosExposedField === undefined)) return undefined;
    const answer = record.object(row);
    if (own.plan !== "kept") return undefined;
    const columns = selectedColumns(answer);
    return { found: columns, written: own.sources === 0 ? columns : wholeRecord().written };
  } catch (error) {
    if (isForResolvers(error)) return undefined;
    throw error;
  }
}

/** The record of an operation that has read the selection itself. */
export function isSelected(record: unknown): record is SelectedRecord {
  return typeof record === "object" && record !== null && "answer" in record;
}
