import { type DocumentNode, parse, Source, syntaxError } from "graphql";

const maxNesting = 200;

/** The place of every error is found by counting lines from the start. */
const maxLines = 5_000;

const brackets = /"""(?:\\"""|[\s\S])*?"""|"(?:\\.|[^"\\\n])*"|#.*|[[{(]|[\]})]/g;

/** graphql's parser, with documents refused that are so long or nested that they would exhaust time or the stack. */
export function parseDocument(text: string, maxTokens: number): DocumentNode {
  const source = new Source(text);
  if (text.split(/\r\n|[\n\r]/, maxLines + 1).length > maxLines)
    throw syntaxError(source, 0, `More than ${maxLines} lines.`);
  let nesting = 0;
  for (const { 0: token, index } of source.body.matchAll(brackets)) {
    if (/^[[{(]$/.test(token)) nesting++;
    else if (/^[\]})]$/.test(token)) nesting--;
    if (nesting > maxNesting) throw syntaxError(source, index, `Nested more than ${maxNesting} levels.`);
  }
  return parse(source, { maxTokens });
}
