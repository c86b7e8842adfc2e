import type { IncomingHttpHeaders } from "node:http";
import { DomainError } from "../errors.ts";

/** The request header that lets a replica answer queries. Its value is the most seconds that the replica may be behind the primary. */
const maxStalenessHeader = "x-max-staleness";

/** The response header that says how many seconds the replica that answered was behind the primary at most. */
export const stalenessHeader = "X-Staleness";

const longest = 300;

/** In milliseconds; undefined without the header. Throws BAD_USER_INPUT unless it is a whole number of seconds from 1 to 300. */
export function readMaxStaleness(headers: IncomingHttpHeaders): number | undefined {
  const text = headers[maxStalenessHeader];
  if (text === undefined) return undefined;
  const seconds = /^\d{1,3}$/.test(String(text)) ? Number(text) : 0;
  if (seconds < 1 || seconds > longest)
    throw new DomainError(
      "BAD_USER_INPUT",
      `The header ${maxStalenessHeader} must be a whole number of seconds from 1 to ${longest}.`,
      { reason: "INVALID_REQUEST" },
    );
  return seconds * 1000;
}
