import { DomainError } from "../errors.ts";

const maxDelay = 5;

export function isOverload(error: unknown): boolean {
  return error instanceof DomainError && error.code === "SERVICE_UNAVAILABLE";
}

/** Refuses a request that is not at fault. The delay is random, so that clients come back at different times. */
export function overloaded(): DomainError {
  const message = "The service has as many requests as it can hold. Try again shortly.";
  const retryAfter = 1 + Math.floor(Math.random() * maxDelay);
  return new DomainError("SERVICE_UNAVAILABLE", message, { reason: "OVERLOADED", retryAfter });
}
