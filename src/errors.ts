/** Every error code with the reasons that refine it. Clients meet both in `extensions`. Both sets are closed. */
export const errorReasons = {
  BAD_USER_INPUT: [
    "REQUIRED",
    "INVALID_ID",
    "INVALID_CURSOR",
    "CURSOR_EXPIRED",
    "OUT_OF_RANGE",
    "FIRST_AND_LAST",
    "TOO_SHORT",
    "TOO_LONG",
    "INVALID_EMAIL",
    "INVALID_PHONE",
    "INVALID_HOSTNAME",
    "INVALID_LANGUAGE",
    "INVALID_URL",
    "INVALID_TEXT",
    "INVALID_VALUE",
    "INVALID_METADATA",
    "METADATA_TOO_LARGE",
    "METADATA_TOO_DEEP",
    "CONTRADICTION",
    "EMPTY_RANGE",
    "FILTER_TOO_BROAD",
    "SEARCH_TOO_SLOW",
    "QUERY_TOO_EXPENSIVE",
    "DOCUMENT_TOO_DEEP",
    "TOO_MANY_ALIASES",
    "TOO_MANY_DIRECTIVES",
    "TOO_MANY_FRAGMENTS",
    "TOO_MANY_OPERATIONS",
    "INVALID_REQUEST",
    "INVALID_SYNTAX",
    "INVALID_DOCUMENT",
    "INVALID_VARIABLES",
    "UNKNOWN_OPERATION",
    "REQUEST_TOO_LARGE",
    "UNSUPPORTED_MEDIA_TYPE",
    "NOT_ACCEPTABLE",
    "PERSISTED_QUERY_NOT_SUPPORTED",
  ],
  UNAUTHENTICATED: [
    "MISSING_KEY",
    "UNKNOWN_KEY",
    "EXPIRED_KEY",
    "REVOKED_KEY",
    "AMBIGUOUS_KEY",
    "MALFORMED_AUTHORIZATION",
  ],
  FORBIDDEN: ["MISSING_PERMISSION", "LIFECYCLE_NOT_OWNED", "MESSAGE_NOT_OWNED"],
  NOT_FOUND: ["CONVERSATION", "CUSTOMER", "MEMBER", "CHANNEL", "MESSAGE", "PARTICIPANT", "RECORD", "PATH"],
  CONFLICT: [
    "IDENTITY_CONFLICT",
    "CYCLE",
    "TOO_DEEP",
    "HAS_CHILDREN",
    "CUSTOMER_HAS_CONVERSATION",
    "IDEMPOTENCY_KEY_REUSED",
    "FIXED_MEMBERS",
    "CONVERSATION_CUSTOMER",
    "MESSAGE_DELETED",
    "STALE_REVISION",
  ],
  RATE_LIMITED: ["POINTS_SPENT", "TOO_MANY_SUBSCRIPTIONS"],
  SERVICE_UNAVAILABLE: ["DATABASE_UNAVAILABLE", "CONTENTION", "OVERLOADED"],
  INTERNAL_SERVER_ERROR: ["UNEXPECTED"],
} as const satisfies Record<string, readonly string[]>;

export type ErrorCode = keyof typeof errorReasons;

/** The reasons of one code, or of all. */
export type Reason<Code extends ErrorCode = ErrorCode> = (typeof errorReasons)[Code][number];

export const errorCodes = Object.keys(errorReasons) as ErrorCode[];

/** The facts of an error: the broken rule, the field of the input, and facts that help the client to go on. */
export interface ErrorDetails<Code extends ErrorCode = ErrorCode> {
  reason: Reason<Code>;
  /** Dotted path from the argument's name, such as `input.customer.email`. */
  field?: string;
  /** The full name of the permission that is missing. */
  permission?: string;
  /** Seconds after which the same request may succeed. */
  retryAfter?: number;
  /** The ids of records that stand in the way: at most 10. */
  blockedBy?: readonly string[];
  /** The present revision of the record. */
  revision?: number;
  /** Points a minute, or subscriptions at the same time. */
  limit?: number;
  /** Where the list begins by now. */
  oldestCursor?: string;
  /** Null if the counting of the price was stopped. */
  price?: number | null;
  budget?: number;
}

/** An error that is meant for the client: message and details are shown as they are, so they never name anything internal. */
export class DomainError<Code extends ErrorCode = ErrorCode> extends Error {
  override readonly name = "DomainError";

  constructor(
    readonly code: Code,
    message: string,
    readonly details: ErrorDetails<Code>,
  ) {
    super(message);
  }
}
