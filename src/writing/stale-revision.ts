import { DomainError } from "../errors.ts";

/** CONFLICT: the record has another revision than the client expected. */
export function staleRevision(record: "conversation" | "customer" | "message", revision: number): DomainError {
  return new DomainError("CONFLICT", `The ${record} has changed since: its revision is ${revision}.`, {
    ...{ reason: "STALE_REVISION", field: "input.expectedRevision", revision },
  });
}
