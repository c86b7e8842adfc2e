import { LRUCache } from "lru-cache";
import { DomainError } from "../errors.ts";
import { isUtf8, parseMediaType } from "./media-type.ts";

/** The media types of answers. If a client likes several equally, the one that it names first is used, and a stream only last. */
const offered = ["application/json", "application/graphql-response+json", "text/event-stream"] as const;

export type AnswerType = (typeof offered)[number];

interface Range {
  essence: string;
  quality: number;
}

const remembered = new LRUCache<string, readonly AnswerType[]>({ max: 100 });
const maxRemembered = 200;

/** Matches the elements of a list. A comma in a quoted string does not separate. */
const listed = /(?:"(?:\\.|[^"\\])*"?|[^,])+/g;

/** A weight by RFC 9110, section 12.4.2. Java's client writes `.2` without the 0. */
const weight = /^(?:0(?:\.\d*)?|1(?:\.0*)?|\.\d+)$/;

/**
 * The media types in which a request may be answered, best first, by its Accept header (RFC 9110, section 12.5.1). Weights count, and the
 * most specific range that matches. Empty if the client accepts none. Yoga would decide only after the operation has run, and ignores
 * weights.
 */
export function answerTypes(accept = ""): readonly AnswerType[] {
  const known = remembered.get(accept);
  if (known) return known;
  const ranges = rangesOf(accept);
  const found = offered.flatMap((type) => preferenceFor(type, ranges) ?? []);
  const types = found.filter(({ quality }) => quality > 0).sort(byPreference);
  const result = types.map(({ type }) => type);
  if (accept.length <= maxRemembered) remembered.set(accept, result);
  return result;
}

/** The refusal of a request whose client accepts none of these types. */
export function notAcceptable(): DomainError {
  const message = "Answers are application/graphql-response+json, application/json or text/event-stream, in UTF-8.";
  return new DomainError("BAD_USER_INPUT", message, { reason: "NOT_ACCEPTABLE" });
}

function rangesOf(accept: string): Range[] {
  const texts = (accept.match(listed) ?? []).filter((text) => text.trim() !== "");
  if (texts.length === 0) return [{ essence: "*/*", quality: 1 }];
  return texts.flatMap((text) => {
    const range = parseMediaType(text);
    return range && isUtf8(range) ? { essence: range.essence, quality: weightOf(range.params.get("q")) } : [];
  });
}

/** A weight that is none counts as absent. */
function weightOf(text: string | null): number {
  return text !== null && weight.test(text) ? Number(text) : 1;
}

type Preference = NonNullable<ReturnType<typeof preferenceFor>>;

function preferenceFor(type: AnswerType, ranges: readonly Range[]) {
  for (const [breadth, essence] of [type, `${type.split("/", 1)[0]}/*`, "*/*"].entries()) {
    const qualities = ranges.filter((range) => range.essence === essence).map(({ quality }) => quality);
    if (qualities.length === 0) continue;
    const position = ranges.findIndex((range) => range.essence === essence);
    return { type, quality: Math.max(...qualities), breadth, position };
  }
  return undefined;
}

function byPreference(a: Preference, b: Preference): number {
  const stream = ({ type }: Preference) => Number(type === "text/event-stream");
  return b.quality - a.quality || stream(a) - stream(b) || a.breadth - b.breadth || a.position - b.position;
}
