const tokensPerPoint = 5;
/** Text is read faster than it is parsed. */
const charactersPerToken = 50;
/** A document of so many tokens costs no points beside the one of its request. */
const freeTokens = 100;

/** The points for parsing and validating a document: by its tokens, or by its length if its tokens are long. */
export function documentPoints(tokens: number, characters: number): number {
  const size = Math.max(tokens, Math.floor(characters / charactersPerToken));
  return Math.floor(Math.max(0, size - freeTokens) / tokensPerPoint);
}

const bytesPerPoint = 256;
/** A body of so many bytes costs no points beside the one of its request. */
const freeBytes = 4096;

/** The points for parsing a request's body. */
export function bodyPoints(bytes: number): number {
  return Math.floor(Math.max(0, bytes - freeBytes) / bytesPerPoint);
}
