import { expect } from "vitest";
import { errorCodes } from "../../src/errors.ts";

const statuses = [200, 400, 401, 403, 404, 405, 406, 413, 415, 429];

/** Words that only a gateway which tells too much would say. */
const internal =
  /node_modules|\bat \S+ \(|\bat (file:|\/)|\.ts\b|"stack"|prisma|postgres|\b(SELECT|INSERT|UPDATE|DELETE) .*"|\brelation\b|constraint|sqlstate|\/src\/|Unhandled|undefined/i;

/** An answer is well-formed, has errors of the closed set that are the client's own, and says nothing internal. */
export function expectHarmless({ status, text }: { status: number; text: string }, sent: string): void {
  expect(statuses, sent).toContain(status);
  // A batch is answered with an array.
  for (const answer of [JSON.parse(text)].flat()) expectHarmlessAnswer(answer, sent);
}

// biome-ignore lint/suspicious/noExplicitAny: an answer is only known after it was looked at
function expectHarmlessAnswer({ data, errors }: any, sent: string): void {
  expect(data !== undefined || errors?.length > 0, sent).toBe(true);
  for (const { message, extensions } of errors ?? []) {
    expect(errorCodes, sent).toContain(extensions.code);
    expect(["INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE"], `${sent}: ${message}`).not.toContain(extensions.code);
    expect(message, sent).not.toMatch(internal);
    for (const shown of [message, extensions.field ?? ""])
      expect(shown.isWellFormed(), `${sent}: ${message}`).toBe(true);
  }
}
