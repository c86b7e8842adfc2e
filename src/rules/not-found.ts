import { DomainError } from "../errors.ts";

export type Resource = "CONVERSATION" | "CUSTOMER" | "MEMBER" | "CHANNEL" | "MESSAGE" | "PARTICIPANT";

/** NOT_FOUND: unknown ids and ids of other workspaces are the same to the caller. */
export function notFound(resource: Resource, field: string): DomainError {
  return new DomainError("NOT_FOUND", `There is no such ${resource.toLowerCase()}.`, { reason: resource, field });
}
