/** The first `maxLength` UTF-16 units of a text, less half a character at the end. A lone surrogate in it becomes U+FFFD: the result is well-formed. */
export function cutText(text: string, maxLength: number): string {
  const cutsPair = /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(maxLength - 1, maxLength + 1));
  return text.slice(0, cutsPair ? maxLength - 1 : maxLength).toWellFormed();
}
