const letter = String.raw`[\p{Alphabetic}\p{Nd}]`;
const other = String.raw`[^\p{Alphabetic}\p{Nd}]`;

/** Three letters or digits in a row; or fewer beside another character, since the beginning and the end of a word count as letters. */
const trigram = new RegExp(`${letter}{3}|${other}${letter}|${letter}{2}${other}`, "u");

/**
 * Whether an index of trigrams (PostgreSQL's pg_trgm) can find this part of a name. For any other part, it looks at every name.
 * The name and its part are folded in the same way.
 */
export function hasTrigram(part: string): boolean {
  return trigram.test(part);
}
