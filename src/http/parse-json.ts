import { DomainError } from "../errors.ts";

const stringOrKey = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/g;

/** JSON.parse, with objects refused that name a key twice: all but the last value would be dropped silently. */
export function parseJson(text: string, what: string): unknown {
  const value = parse(text, what);
  let written = 0;
  for (const [, colon] of text.matchAll(stringOrKey)) if (colon) written++;
  if (written === membersOf(value)) return value;
  throw new DomainError("BAD_USER_INPUT", `${what} has an object that names a key twice.`, {
    reason: "INVALID_REQUEST",
  });
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new DomainError("BAD_USER_INPUT", `${what} is not valid JSON.`, { reason: "INVALID_REQUEST" });
  }
}

/** How many members all the objects in it have. Not recursive: it may be nested deeper than the stack. */
function membersOf(value: unknown): number {
  let members = 0;
  const pending = [value];
  while (pending.length > 0) {
    const item = pending.pop();
    if (typeof item !== "object" || item === null) continue;
    if (!Array.isArray(item)) members += Object.keys(item).length;
    for (const inner of Object.values(item)) pending.push(inner);
  }
  return members;
}
