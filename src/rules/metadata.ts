import { z } from "zod";
import type { Reason } from "../errors.ts";
import { because, optional } from "./parse.ts";
import { isStorable, notStorable } from "./text.ts";

export type Metadata = Record<string, unknown>;

const maxMetadataBytes = 16 * 1024;
const maxMetadataLevels = 10;

/** A JSON object that is stored exactly as it came: at most 16 KiB as compact JSON and 10 levels deep. */
export const metadata = z.custom<Metadata>().superRefine((value, check) => {
  const fault = faultOf(value);
  if (fault) check.addIssue({ code: "custom", message: fault[1], ...because(fault[0]) });
});

/** How given metadata changes the stored metadata. */
export const metadataModeRule = optional(z.enum(["MERGE", "REPLACE"])).transform((mode) => mode ?? "MERGE");
export type MetadataMode = z.output<typeof metadataModeRule>;

/** The metadata of a new record: null is the same as absent, as in a merge. */
export const newMetadata = metadata.transform(withoutNulls);

/** Nulls in arrays stay: they are values there. */
function withoutNulls(object: Metadata): Metadata {
  const kept = Object.entries(object).filter(([, value]) => value !== null);
  return Object.fromEntries(kept.map(([key, value]) => [key, isObject(value) ? withoutNulls(value) : value]));
}

export const metadataTooLarge = [
  "METADATA_TOO_LARGE",
  `at most ${maxMetadataBytes} bytes as compact JSON, after the merge`,
] as const;

type Fault = readonly [reason: Reason<"BAD_USER_INPUT">, message: string];

function faultOf(root: unknown): Fault | undefined {
  if (!isObject(root)) return ["INVALID_METADATA", "must be a JSON object"];
  let level: unknown[] = [root];
  let length = 0;
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > maxMetadataLevels) return ["METADATA_TOO_DEEP", `at most ${maxMetadataLevels} levels`];
    const below: unknown[] = [];
    for (const container of level) {
      for (const [key, value] of Object.entries(container as object)) {
        const fault = faultOfText(key) ?? (key === "__proto__" ? protoKey : faultOfValue(value));
        if (fault) return fault;
        if (typeof value === "object" && value !== null) below.push(value);
        // A literal may contain a long variable a thousand times. Therefore it is written out only after it is known to be short.
        length += (Array.isArray(container) ? 0 : key.length) + (typeof value === "string" ? value.length : 1);
        if (length > maxMetadataBytes) return metadataTooLarge;
      }
    }
    level = below;
  }
  return Buffer.byteLength(JSON.stringify(root)) > maxMetadataBytes ? metadataTooLarge : undefined;
}

const protoKey: Fault = ["INVALID_METADATA", 'the key "__proto__" is not allowed'];

function faultOfValue(value: unknown): Fault | undefined {
  if (typeof value === "string") return faultOfText(value);
  if (typeof value === "number") return faultOfNumber(value);
  if (value === undefined) return ["INVALID_METADATA", "a value comes from a variable that was not given"];
  return undefined;
}

function faultOfText(value: string): Fault | undefined {
  return isStorable(value) ? undefined : notStorable;
}

function faultOfNumber(value: number): Fault | undefined {
  if (Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))) return undefined;
  return ["INVALID_METADATA", "JavaScript keeps one of the numbers as another: send it as a string"];
}

function isObject(value: unknown): value is Metadata {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
