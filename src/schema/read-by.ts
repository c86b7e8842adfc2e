import type { FieldCost } from "../pricing/field-cost.ts";
import type { Reader, RootReader } from "../reading/reader.ts";

/**
 * The options of a field that a reader reads: its resolver, the reader for the compiler (`extensions.reader`), and its cost if its type
 * does not tell it.
 */
export function readBy<R extends Reader<never, never, unknown> | RootReader<never, unknown>>(
  reader: R,
  cost?: FieldCost,
): { resolve: R["resolve"]; extensions: { reader: R; cost?: FieldCost } } {
  return { resolve: reader.resolve, extensions: { reader, ...(cost && { cost }) } };
}
