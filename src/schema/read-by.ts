import type { FieldCost } from "../pricing/field-cost.ts";
import type { Reader, RootReader } from "../reading/reader.ts";

/** In the options of a field: how it is resolved, how the compiler reads it (`extensions.reader`), and its cost where its type does not tell. */
export function readBy<R extends Reader<never, never, unknown> | RootReader<never, unknown>>(
  reader: R,
  cost?: FieldCost,
): { resolve: R["resolve"]; extensions: { reader: R; cost?: FieldCost } } {
  return { resolve: reader.resolve, extensions: { reader, ...(cost && { cost }) } };
}
