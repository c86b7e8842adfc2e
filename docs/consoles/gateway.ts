/** The gateway as a console reaches it: through its own backend, which holds the API key. */
export interface Gateway {
  readonly url: string;
  /** Sends one operation and answers its data. Throws the first of its errors as a GatewayError. */
  ask(query: string, variables?: Record<string, unknown>): Promise<Data>;
}

// biome-ignore lint/suspicious/noExplicitAny: the shape of an answer is that of its query
export type Data = any;

interface Refusal {
  message: string;
  extensions?: {
    code?: string;
    reason?: string;
    /** The path of the wrong value from the arguments, such as `input.customer.email`. */
    field?: string;
    /** Of LIFECYCLE_NOT_OWNED: the ids of conversations that stand in the way. */
    blockedBy?: string[];
    /** Of STALE_REVISION: the present revision. */
    revision?: number;
    /** Of RATE_LIMITED and SERVICE_UNAVAILABLE: after so many seconds it may be asked again. */
    retryAfter?: number;
  };
}

interface Answer {
  data?: Data;
  errors?: Refusal[];
}

const statusOf: Record<string, number> = {
  BAD_USER_INPUT: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  RATE_LIMITED: 429,
  SERVICE_UNAVAILABLE: 503,
};

/**
 * A refusal, in the shapes that both frameworks read: react-admin takes the errors of a form from `body.errors`, and Refine
 * from `errors`. The keys are names of form fields, such as `name` or `metadata`.
 */
export class GatewayError extends Error {
  override readonly name = "GatewayError";
  readonly code: string;
  readonly reason?: string;
  readonly blockedBy?: string[];
  readonly revision?: number;
  readonly retryAfter?: number;
  readonly status: number;
  readonly statusCode: number;
  readonly errors: Record<string, string>;
  readonly body: { errors: Record<string, unknown> };

  constructor({ message, extensions = {} }: Refusal, status?: number) {
    super(message);
    this.code = extensions.code ?? "INTERNAL_SERVER_ERROR";
    this.reason = extensions.reason;
    this.blockedBy = extensions.blockedBy;
    this.revision = extensions.revision;
    this.retryAfter = extensions.retryAfter;
    this.status = this.statusCode = statusOf[this.code] ?? status ?? 500;
    const field = this.reason === "STALE_REVISION" ? undefined : formFieldOf(extensions.field);
    this.errors = field ? { [field]: message } : {};
    this.body = { errors: field ? this.errors : { root: { serverError: message } } };
  }
}

/** `input.customer.email` is shown at the form's field `email`, `input.metadata.plan` at `metadata`. */
function formFieldOf(path: string | undefined): string | undefined {
  return path ? /^input\.(?:customer\.)?([^.]+)/.exec(path)?.[1] : undefined;
}

/** The URL is that of the console's own backend. The browser's cookie says who asks. */
export function connectGateway(url: string, send: typeof fetch = fetch): Gateway {
  const headers = { "content-type": "application/json", accept: "application/graphql-response+json" };
  const ask = async (query: string, variables: Record<string, unknown> = {}) => {
    const response = await send(url, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
    const { data, errors } = await readAnswer(response);
    if (errors?.[0]) throw new GatewayError(errors[0], response.status);
    return data;
  };
  return { url, ask };
}

/** A proxy on the way may answer with something else than GraphQL. */
async function readAnswer(response: Response): Promise<Answer> {
  try {
    return (await response.json()) as Answer;
  } catch {
    return { errors: [{ message: `The gateway cannot be reached: ${response.status} ${response.statusText}` }] };
  }
}
