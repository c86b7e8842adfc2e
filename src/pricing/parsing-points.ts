const tokensPerPoint = 5;
/** Text is read faster than it is parsed. */
const charactersPerToken = 50;
/** A document of so many tokens is paid with its request. */
const freeTokens = 100;

/** What it costs to parse and to validate a document, in points: by its tokens, or by its length where its tokens are long. */
export function documentPoints(tokens: number, characters: number): number {
  const size = Math.max(tokens, Math.floor(characters / charactersPerToken));
  return Math.floor(Math.max(0, size - freeTokens) / tokensPerPoint);
}

const bytesPerPoint = 256;
/** A body of so many bytes is paid with its request. */
const freeBytes = 4096;

/** What it costs to parse a request's body, in points. */
export function bodyPoints(bytes: number): number {
  return Math.floor(Math.max(0, bytes - freeBytes) / bytesPerPoint);
}
