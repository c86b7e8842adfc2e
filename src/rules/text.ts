import { z } from "zod";
import { foldText } from "../fold-text.ts";
import { because } from "./parse.ts";

/** Text that the database can store exactly as it came. */
export function text() {
  const [reason, error] = notStorable;
  return z.string().refine(isStorable, { error, ...because(reason), abort: true });
}

/** Whether the database can store a text exactly as it is. */
export function isStorable(value: string): boolean {
  return value.isWellFormed() && !value.includes("\0");
}

export const notStorable = ["INVALID_TEXT", "must not contain NUL characters or lone surrogates"] as const;

/** Text of 1 to `max` characters, counted as people do. */
export function textUpTo(max: number) {
  return text()
    .refine((value) => value !== "", {
      error: "at least 1 character",
      ...because("TOO_SHORT"),
    })
    .refine((value) => [...value].length <= max, {
      error: `at most ${max} characters`,
      ...because("TOO_LONG"),
      abort: true,
    });
}

// Matches from the first visible character to the last. A pattern for the end alone would try every blank as its start.
const inside = /[^\s\p{Default_Ignorable_Code_Point}\p{Cf}](?:.*[^\s\p{Default_Ignorable_Code_Point}\p{Cf}])?/su;

/** Removes the white space and the invisible characters around a text. Copied addresses and numbers often have them. */
export function trimmed() {
  return z.string().transform((value) => inside.exec(value)?.[0] ?? "");
}

// A character that this version of Unicode does not know counts as visible.
const seen = /[^\s\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\u2800]/u;

/** The same rule for a text with at least one visible character. */
export function withVisibleCharacter<Rules extends z.ZodType<string>>(rules: Rules) {
  return rules.refine((value) => seen.test(value), {
    error: "needs a character that can be seen",
    ...because("TOO_SHORT"),
  });
}

/** A name for people: 1 to 200 characters after trim, at least one of which is visible. */
export const name = withVisibleCharacter(z.string().trim().pipe(textUpTo(200)));

/** The folded name, which is stored beside the name and searched. Null if there is no name. */
export function searchNameOf(name: string | null | undefined): string | null {
  return name === null || name === undefined ? null : foldText(name);
}

const searchable = { error: "needs a character to search for", ...because("TOO_SHORT") };

/** The rule for a part of a name to search for. It is folded like the names. */
export const namePart = textUpTo(200)
  .transform(foldText)
  .refine((value) => value !== "", searchable);

/** The rule for a text to search for in names and externalIds. Names are folded; of externalIds only the ASCII letters are lowered. */
export const searchText = textUpTo(200)
  .transform((value) => ({
    folded: foldText(value),
    lowered: value.trim().replace(/[A-Z]+/g, (one) => one.toLowerCase()),
  }))
  .refine(({ folded }) => folded !== "", searchable);

export type SearchText = z.output<typeof searchText>;
