import { type DocumentNode, parse, Source, syntaxError } from "graphql";
import type { Limits } from "../config.ts";
import { checkDocument } from "./check-document.ts";

const maxNesting = 200;

/** graphql counts lines from the start to find the place of each error. */
const maxLines = 5_000;

const brackets = /"""(?:\\"""|[\s\S])*?"""|"(?:\\.|[^"\\\n])*"|#.*|[[{(]|[\]})]/g;

/** Parses by graphql's parser. It refuses documents that would exhaust time or the stack, now or in validation. */
export function parseDocument(text: string, limits: Limits): DocumentNode {
  const source = new Source(text);
  if (text.split(/\r\n|[\n\r]/, maxLines + 1).length > maxLines)
    throw syntaxError(source, 0, `More than ${maxLines} lines.`);
  let nesting = 0;
  for (const { 0: token, index } of source.body.matchAll(brackets)) {
    if (/^[[{(]$/.test(token)) nesting++;
    else if (/^[\]})]$/.test(token)) nesting--;
    if (nesting > maxNesting) throw syntaxError(source, index, `Nested more than ${maxNesting} levels.`);
  }
  const document = parse(source, { maxTokens: limits.maxTokens });
  checkDocument(document, limits);
  return document;
}
