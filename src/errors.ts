/** The closed set of error codes that clients meet in `extensions.code`. */
export const errorCodes = [
  "BAD_USER_INPUT",
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "NOT_FOUND",
  "CONFLICT",
  "RATE_LIMITED",
  "SERVICE_UNAVAILABLE",
  "INTERNAL_SERVER_ERROR",
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** What an error tells besides its code: the rule broken, the input field concerned, and facts such as the permission missing. */
export interface ErrorDetails {
  reason?: string;
  /** Dotted path from the argument's name, such as `input.customer.email`. */
  field?: string;
  [fact: string]: unknown;
}

/** An error that is meant for the client: message and details are shown as they are, so they never name anything internal. */
export class DomainError extends Error {
  override readonly name = "DomainError";

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: ErrorDetails = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
