import { GraphQLError, Kind } from "graphql";
import { cutText } from "./cut-text.ts";
import { isUnavailable } from "./database/unavailable.ts";
import { DomainError, type ErrorCode, type ErrorDetails, errorCodes, type Reason } from "./errors.ts";

/** Logs errors that clients may not see, with the id of their request. */
export type Log = (error: unknown, requestId?: string) => void;

interface Http {
  status: number;
  /** True if GraphQL over HTTP answers with 200 when the client accepts only application/json. */
  spec?: boolean;
  headers?: Record<string, string>;
}

/** An error as clients see it. */
interface Shown extends Pick<DomainError, "code" | "message" | "details"> {
  /** Absent: the status follows from the reason or the code. */
  http?: Http | undefined;
}

const retryAfter = 2;

// Messages and fields quote the input, which may be long.
const maxMessage = 1_000;
const maxField = 500;
const maxLocations = 5;

const httpOf: Record<ErrorCode, Http> = {
  BAD_USER_INPUT: { status: 400, spec: true },
  UNAUTHENTICATED: { status: 401, headers: { "WWW-Authenticate": "Bearer" } },
  FORBIDDEN: { status: 403 },
  NOT_FOUND: { status: 404 },
  CONFLICT: { status: 409 },
  RATE_LIMITED: { status: 429 },
  SERVICE_UNAVAILABLE: { status: 503, headers: { "Retry-After": String(retryAfter) } },
  INTERNAL_SERVER_ERROR: { status: 500 },
};

/** The statuses of refusals of the HTTP request itself. */
const httpOfReason: Partial<Record<Reason, Http>> = {
  INVALID_REQUEST: { status: 400 },
  NOT_ACCEPTABLE: { status: 406 },
  UNSUPPORTED_MEDIA_TYPE: { status: 415 },
  REQUEST_TOO_LARGE: { status: 413 },
  // A connection that was refused is closed, so that refusals take little time from the requests that were let in.
  OVERLOADED: { status: 503, headers: { Connection: "close" } },
};

/** Our reasons for the codes with which Yoga refuses a request. */
const reasonOfYogaCode: Record<string, Reason> = {
  BAD_REQUEST: "INVALID_REQUEST",
  OPERATION_RESOLUTION_FAILURE: "UNKNOWN_OPERATION",
  REQUEST_ENTITY_TOO_LARGE: "REQUEST_TOO_LARGE",
};

const unavailable = {
  code: "SERVICE_UNAVAILABLE",
  message: "The service is busy or restarting. Try again shortly.",
  details: { reason: "DATABASE_UNAVAILABLE", retryAfter },
} as const;

const unexpected = {
  code: "INTERNAL_SERVER_ERROR",
  message: "Something went wrong on our side.",
  details: { reason: "UNEXPECTED" },
} as const;

/** The error as clients may see it: code, reason and facts in `extensions`, its place in the document, and nothing internal. */
export function toPublicError(error: unknown, log: (error: unknown) => void): GraphQLError {
  const place = error instanceof GraphQLError ? error : undefined;
  const origin = originOf(error);
  if (origin instanceof DomainError) return domainError(origin, place);
  const mistake = place && clientMistake(place, origin);
  if (mistake) return mistake;
  log(origin);
  return publicError(isUnavailable(origin) ? unavailable : unexpected, place);
}

function originOf(error: unknown): unknown {
  let origin = error;
  while (origin instanceof GraphQLError && origin.originalError) origin = origin.originalError;
  return origin;
}

function domainError(error: DomainError, place?: GraphQLError): GraphQLError {
  const field = place && variableOf(place);
  const { code, message, details } = error;
  return publicError({ code, message, details: field ? { field, ...details } : details }, place);
}

function clientMistake(place: GraphQLError, origin: unknown): GraphQLError | undefined {
  const refused = origin instanceof GraphQLError && refusal(place);
  if (refused) return refused;
  const kind = place.nodes?.[0]?.kind;
  const bad = (details: ErrorDetails<"BAD_USER_INPUT">) =>
    publicError({ code: "BAD_USER_INPUT", message: place.message, details }, place);
  if (!place.path && kind === Kind.VARIABLE_DEFINITION)
    return bad({ reason: "INVALID_VARIABLES", field: variableOf(place) });
  if (!place.path && kind) return bad({ reason: "INVALID_DOCUMENT" });
  if (!(origin instanceof GraphQLError)) return undefined;
  if (!place.path && place.source) return bad({ reason: "INVALID_SYNTAX" });
  // graphql gives up on a document whose fields take too long to compare, and names no place in it.
  if (place.extensions.code === "GRAPHQL_VALIDATION_FAILED") return bad({ reason: "INVALID_DOCUMENT" });
  // An argument's value is checked again when its field runs: only then are the variables inside it known.
  return kind && kind !== Kind.FIELD ? bad({ reason: "INVALID_VARIABLES" }) : undefined;
}

/** A GraphQLError with a code is meant for the client. It comes from Yoga, from a plugin, or from here, if it passes twice. */
function refusal(place: GraphQLError): GraphQLError | undefined {
  const { message, extensions } = place;
  const { code, http, unexpected, ...facts } = extensions as { code?: string; http?: Http; unexpected?: true };
  if (unexpected) return undefined;
  if (errorCodes.includes(code as ErrorCode)) {
    return publicError({ code: code as ErrorCode, message, details: facts as unknown as ErrorDetails, http }, place);
  }
  const reason = reasonOfYogaCode[code ?? ""];
  if (!reason) return undefined;
  const refused = http && { ...http, spec: false };
  return publicError({ code: "BAD_USER_INPUT", message, details: { reason }, http: refused }, place);
}

/** The error of a field has no status, because the rest of the answer is good. */
function publicError({ code, message, details, http }: Shown, place?: GraphQLError): GraphQLError {
  const extensions: Record<string, unknown> = { code, ...details };
  if (details.field !== undefined) extensions.field = cutText(details.field, maxField);
  if (!place?.path) extensions.http = withDelay(http ?? httpOfReason[details.reason] ?? httpOf[code], details);
  const { nodes, source, positions, path } = place ?? {};
  const places = { nodes: nodes?.slice(0, maxLocations), source, positions: positions?.slice(0, maxLocations), path };
  return new GraphQLError(cutText(message, maxMessage), { ...places, extensions });
}

function withDelay(http: Http, { retryAfter: seconds }: ErrorDetails): Http {
  return seconds === undefined ? http : { ...http, headers: { ...http.headers, "Retry-After": String(seconds) } };
}

/** The place of a mistake in a variable, such as `input.customer.email`. Only graphql's message tells it. Undefined for other errors. */
function variableOf(place: GraphQLError): string | undefined {
  const variable = /^Variable "\$(\w+)"/.exec(place.message)?.[1];
  if (!variable) return undefined;
  const inside = / at "\w+((?:\.\w+|\[\d+\])*)"; /.exec(place.message)?.[1] ?? "";
  const missing = /; Field "(\w+)" (?:of required type|is not defined)/.exec(place.message)?.[1];
  const path = inside.replaceAll(/\[(\d+)\]/g, ".$1");
  return `${variable}${path}${missing ? `.${missing}` : ""}`;
}
