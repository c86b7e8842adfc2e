import { MIMEType } from "node:util";

/** The most characters of a media type. Reading many blanks takes time by the square of their number. */
const maxLength = 1_000;

/** The media type, or range of them, that a header names (RFC 9110, section 8.3.1); undefined when it names none. */
export function parseMediaType(text: string): MIMEType | undefined {
  if (text.length > maxLength) return undefined;
  try {
    return new MIMEType(text);
  } catch {
    return undefined;
  }
}

/** Whether its text is UTF-8, as it is when nothing is said. */
export function isUtf8({ params }: MIMEType): boolean {
  return /^utf-?8$/i.test(params.get("charset") ?? "utf-8");
}
