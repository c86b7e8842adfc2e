import { z } from "zod";
import { foldText } from "../fold-text.ts";

/** Text that the database can store exactly as it came. */
export function text() {
  const [reason, error] = notStorable;
  return z.string().refine(isStorable, { error, params: { reason }, abort: true });
}

/** Whether the database can store a text exactly as it is. */
export function isStorable(value: string): boolean {
  return value.isWellFormed() && !value.includes("\0");
}

export const notStorable = ["INVALID_TEXT", "must not contain NUL characters or lone surrogates"] as const;

/** Text of this many characters, counted as people do. */
export function length(min: number, max: number) {
  return text()
    .refine((value) => [...value].length >= min, {
      error: `at least ${min} character${min === 1 ? "" : "s"}`,
      params: { reason: "TOO_SHORT" },
    })
    .refine((value) => [...value].length <= max, {
      error: `at most ${max} characters`,
      params: { reason: "TOO_LONG" },
      abort: true,
    });
}

// From the first character that can be seen to the last. A pattern of what stands at the end would try every blank as its start.
const inside = /[^\s\p{Default_Ignorable_Code_Point}\p{Cf}](?:.*[^\s\p{Default_Ignorable_Code_Point}\p{Cf}])?/su;

/** Without the white space and the invisible characters around it, which copied addresses and numbers come with. */
export function trimmed() {
  return z.string().transform((value) => inside.exec(value)?.[0] ?? "");
}

// Whatever may be a character of a newer Unicode can be seen.
const seen = /[^\s\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\u2800]/u;

/** A name for people: 1 to 200 characters after trim, at least one of which can be seen. */
export const name = z
  .string()
  .trim()
  .pipe(length(1, 200))
  .refine((value) => seen.test(value), {
    error: "needs a character that can be seen",
    params: { reason: "TOO_SHORT" },
  });

/** The name as it is searched in, stored beside it; null for none. */
export function searchNameOf(name: string | null | undefined): string | null {
  return name === null || name === undefined ? null : foldText(name);
}

/** A part of a name to search for, folded as the names are. */
export const namePart = length(1, 200)
  .transform(foldText)
  .refine((value) => value !== "", { error: "needs a character to search for", params: { reason: "TOO_SHORT" } });
