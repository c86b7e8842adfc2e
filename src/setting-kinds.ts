import { z } from "zod";

/** A variable of the configuration. */
export interface Setting<T = unknown> {
  /** The name of the environment variable. */
  variable: string;
  /** Checks the text of the variable and returns its value. */
  rule: z.ZodType<T, string>;
  /** Says which values are right. It ends the sentence "VARIABLE must be …". */
  expected: string;
  default: Default;
  /** Says in the documents what the variable does, in Markdown. */
  meaning: string;
}

/**
 * The text that is used if the variable is unset. It may differ by the kind of database. `none` means no value (undefined), and its text
 * in the documents says what happens then.
 */
type Default = string | { embedded: string; postgres: string } | { none: string };

interface Kind<T> {
  rule: z.ZodType<T, string>;
  expected: string;
}

export function wholeNumber(of: string, [min, max]: [number, number]): Kind<number> {
  const rule = z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max));
  return { rule, expected: `a whole number of ${of} from ${min} to ${max}` };
}

export function oneOf<const Choice extends string>(...choices: [Choice, ...Choice[]]): Kind<Choice> {
  return { rule: z.enum(choices), expected: choices.join(", ").replace(/, (?=[^,]+$)/, " or ") };
}

export const onOrOff: Kind<boolean> = {
  rule: z.enum(["on", "off"]).transform((text) => text === "on"),
  expected: "on or off",
};

const isUrl = (scheme: RegExp) => (text: string) => scheme.test(text) && URL.canParse(text);

export const isPostgresUrl = isUrl(/^postgres(ql)?:\/\/./);

export const isHttpUrl = isUrl(/^https?:\/\/./);

/** Accepts an origin as a browser sends it, with a host name that can exist. */
export const isOrigin = (text: string) =>
  /^https?:\/\/([\w-]+(\.[\w-]+)*\.?|\[[\da-f:.]+\])(:\d+)?$/.test(text) &&
  URL.canParse(text) &&
  new URL(text).origin === text;

/** A list of texts with separators between them, all of which have to be right. */
export const listOf = (isRight: (text: string) => boolean, separator: RegExp) =>
  z
    .string()
    .transform((text) => text.split(separator).filter(Boolean))
    .pipe(z.array(z.string().refine(isRight)));
