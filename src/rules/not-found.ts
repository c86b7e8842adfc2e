import { DomainError } from "../errors.ts";

type Resource = "CONVERSATION" | "CUSTOMER" | "MEMBER" | "CHANNEL" | "MESSAGE" | "PARTICIPANT";

/** Makes NOT_FOUND. The caller cannot tell an unknown id from an id of another workspace. */
export function notFound(resource: Resource, field: string): DomainError {
  return new DomainError("NOT_FOUND", `There is no such ${resource.toLowerCase()}.`, { reason: resource, field });
}
