import { z } from "zod";
import type { Reason } from "../errors.ts";
import { type Metadata, metadata } from "./metadata.ts";

const maxFilterBytes = 1024;
/** Of all arrays together. The database compares each with each of the stored ones. */
const maxFilterItems = 20;

/**
 * Metadata to look for: at most 1 KiB as compact JSON, 20 array items, and on every path a value that the index knows, which an
 * empty object or array is not. `{}` is in all metadata: it becomes undefined.
 */
export const metadataFilter = metadata
  .pipe(
    z.custom<Metadata>().superRefine((filter, check) => {
      const fault = faultOf(filter);
      if (fault) check.addIssue({ code: "custom", message: fault[1], params: { reason: fault[0] } });
    }),
  )
  .transform((filter) => (Object.keys(filter).length > 0 ? filter : undefined));

function faultOf(filter: Metadata): readonly [Reason<"BAD_USER_INPUT">, string] | undefined {
  if (Buffer.byteLength(JSON.stringify(filter)) > maxFilterBytes)
    return ["METADATA_TOO_LARGE", `at most ${maxFilterBytes} bytes as compact JSON to look for`];
  let items = 0;
  const values = Object.values(filter);
  for (const value of values) {
    if (typeof value !== "object" || value === null) continue;
    const below = Object.values(value);
    if (below.length === 0) return ["FILTER_TOO_BROAD", "an empty object or array has no index: leave it out"];
    if (Array.isArray(value)) items += below.length;
    if (items > maxFilterItems) return ["TOO_LONG", `at most ${maxFilterItems} array items to look for`];
    values.push(...below);
  }
  return undefined;
}
