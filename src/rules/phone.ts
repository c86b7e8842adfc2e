import { parsePhoneNumberFromString } from "libphonenumber-js";
import { z } from "zod";
import { text, trimmed } from "./text.ts";

/** As long as a number is read at all. Normalising very many combining marks takes seconds. */
const maxWritten = 250;

const e164 = /^\+[1-9]\d{1,14}$/;

/** An international phone number as people write it, as E.164. */
export const phone = text()
  .pipe(trimmed())
  .transform((value, check) => {
    const number = value.length > maxWritten ? undefined : e164Of(value.normalize("NFKC").replace(/^tel:/i, ""));
    if (number) return number;
    check.addIssue({
      code: "custom",
      message: "must be an international phone number, such as +49 30 901820",
      params: { reason: "INVALID_PHONE" },
    });
    return z.NEVER;
  });

/** Read until it stays the same: of some countries, what is read from a number reads as another one again. */
function e164Of(written: string): string | undefined {
  const number = parsePhoneNumberFromString(written, { extract: false });
  if (!number?.isPossible() || number.ext || !e164.test(number.number)) return undefined;
  return number.number === written ? written : e164Of(number.number);
}
