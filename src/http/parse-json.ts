import { DomainError } from "../errors.ts";
import { numberOf } from "../json-number.ts";

const stringOrNumber = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|-?\d[\d.]*(?:[eE][+-]?\d+)?/g;

/** A number of fewer characters has fewer digits than a double keeps, unless it has an exponent. */
const longNumber = 16;

/**
 * JSON.parse that loses nothing silently. It refuses an object that has a key twice, because all but the last value would be lost. A
 * number that JavaScript would change becomes Infinity, which no rule accepts.
 */
export function parseJson(text: string, what: string): unknown {
  let value = parse(text, what);
  let written = 0;
  let altered = false;
  for (const [token, colon] of text.matchAll(stringOrNumber)) {
    if (colon) written++;
    else if (!token.startsWith('"')) altered ||= isAltered(token);
  }
  if (written !== membersOf(value)) {
    throw new DomainError("BAD_USER_INPUT", `${what} has an object that names a key twice.`, {
      reason: "INVALID_REQUEST",
    });
  }
  if (altered)
    value = parse(
      text.replace(stringOrNumber, (token) => (isAltered(token) ? "1e999" : token)),
      what,
    );
  return value;
}

function isAltered(token: string): boolean {
  return (
    (token.length >= longNumber || /e/i.test(token)) && !token.startsWith('"') && !Number.isFinite(numberOf(token))
  );
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new DomainError("BAD_USER_INPUT", `${what} is not valid JSON.`, { reason: "INVALID_REQUEST" });
  }
}

/** The number of members of all objects in a value. It is not recursive, because the value may be nested deeper than the stack. */
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
