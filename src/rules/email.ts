import { z } from "zod";
import { asciiHostname } from "./hostname.ts";
import { because } from "./parse.ts";
import { textUpTo, trimmed } from "./text.ts";

const maxLocalPart = 64;

/** An e-mail address by the grammar of HTML's e-mail field. An international domain is kept as its A-label. */
export const email = trimmed()
  .pipe(textUpTo(254))
  .transform(withAsciiDomain)
  .refine((value) => z.regexes.html5Email.test(value) && value.indexOf("@") <= maxLocalPart && value.length <= 254, {
    error: "must be an e-mail address",
    ...because("INVALID_EMAIL"),
  });

/** The key by which customers are recognised: the address in lower case. It is ASCII by the rule above. The database computes the same. */
export function emailKeyOf(email: string): string {
  return email.toLowerCase();
}

function withAsciiDomain(value: string): string {
  const domain = value.slice(value.lastIndexOf("@") + 1);
  if (!/[^\0-\x7f]|xn--/i.test(domain)) return value;
  return `${value.slice(0, -domain.length)}${asciiHostname(domain) ?? ""}`;
}
