import { z } from "zod";
import type { Reason } from "../errors.ts";
import { type Metadata, metadata } from "./metadata.ts";
import { because } from "./parse.ts";

const maxFilterBytes = 1024;
/** The most items of all arrays together. The database compares each item with each stored one. */
const maxFilterItems = 20;

/** The content that metadata must have, and the paths at which it must have nothing. */
export interface MetadataFilter {
  readonly contained: Metadata;
  readonly absent: readonly string[][];
}

/**
 * Metadata to look for: at most 1 KiB as compact JSON and 20 array items, and no empty object or array, which no index finds. Null looks
 * for the absence of its key. `{}` matches all metadata: it becomes undefined.
 */
export const metadataFilter = metadata
  .pipe(
    z.custom<Metadata>().superRefine((filter, check) => {
      const fault = faultOf(filter);
      if (fault) check.addIssue({ code: "custom", message: fault[1], ...because(fault[0]) });
    }),
  )
  .transform((filter): MetadataFilter | undefined => {
    const absent: string[][] = [];
    const contained = withoutNulls(filter, [], absent);
    return Object.keys(filter).length > 0 ? { contained, absent } : undefined;
  });

/**
 * The object without the nulls in it and in its objects. Their paths are added to `absent`. Nulls in arrays stay, because they are values
 * there.
 */
function withoutNulls(object: Metadata, path: string[], absent: string[][]): Metadata {
  const kept: [string, unknown][] = [];
  for (const [key, value] of Object.entries(object)) {
    const at = [...path, key];
    if (value === null) absent.push(at);
    else if (typeof value !== "object" || Array.isArray(value)) kept.push([key, value]);
    else {
      const below = withoutNulls(value as Metadata, at, absent);
      if (Object.keys(below).length > 0) kept.push([key, below]);
    }
  }
  return Object.fromEntries(kept);
}

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
