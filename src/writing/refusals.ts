import { sqlStateOf, sqlStates } from "../database/sql-state.ts";
import { DomainError, type Reason } from "../errors.ts";
import { metadataTooLarge } from "../rules/metadata.ts";
import { badInput } from "../rules/parse.ts";

/** The error of the contract for a write that a trigger or a CHECK has refused. Undefined for other errors. */
export function refusalOf(error: unknown): DomainError | undefined {
  const fault = sqlStateOf(error);
  if (fault?.state === sqlStates.cycle) {
    return conflict("CYCLE", "A conversation cannot stand under itself or its own descendants.");
  }
  if (fault?.state === sqlStates.tooDeep) return conflict("TOO_DEEP", "Conversations nest at most 10 levels deep.");
  if (fault?.state !== sqlStates.checkViolation) return undefined;
  if (fault.names("Conversation_metadata_size") || fault.names("Message_metadata_size")) {
    return badInput("input.metadata", ...metadataTooLarge);
  }
  if (fault.names("Customer_metadata_size")) return badInput("input.customer.metadata", ...metadataTooLarge);
  return undefined;
}

function conflict(reason: Reason<"CONFLICT">, message: string): DomainError {
  return new DomainError("CONFLICT", message, { reason, field: "input.parentId" });
}
