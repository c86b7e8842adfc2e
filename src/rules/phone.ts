import { parsePhoneNumberFromString } from "libphonenumber-js";
import { z } from "zod";
import { because } from "./parse.ts";
import { text, trimmed } from "./text.ts";

/** A longer text is never read as a number, because normalising very many combining marks takes seconds. */
const maxWritten = 250;

const e164 = /^\+[1-9]\d{1,14}$/;

/** The rule for an international phone number as people write it. It returns E.164. */
export const phone = text()
  .pipe(trimmed())
  .transform((value, check) => {
    const number = value.length > maxWritten ? undefined : e164Of(value.normalize("NFKC").replace(/^tel:/i, ""));
    if (number) return number;
    check.addIssue({
      code: "custom",
      message: "must be an international phone number, such as +49 30 901820",
      ...because("INVALID_PHONE"),
    });
    return z.NEVER;
  });

/** Reads the number again until it stays the same. In some countries, the result of the first reading reads as another number. */
function e164Of(written: string): string | undefined {
  const number = parsePhoneNumberFromString(written, { extract: false });
  if (!number?.isPossible() || number.ext || !e164.test(number.number)) return undefined;
  return number.number === written ? written : e164Of(number.number);
}
