import { because } from "./parse.ts";
import { textUpTo } from "./text.ts";

/**
 * The rule for a URL of at most 2,048 characters, with a scheme that matches. The URL parser alone would repair texts that are no URL,
 * such as one without a host or one with a line break.
 */
export function webUrl(scheme: "https" | "https?", error: string) {
  const form = new RegExp(`^${scheme}://[^\\s\\p{Cc}\\\\/][^\\s\\p{Cc}\\\\]*$`, "iu");
  return textUpTo(2048).refine((value) => form.test(value) && URL.canParse(value), {
    error,
    ...because("INVALID_URL"),
  });
}
