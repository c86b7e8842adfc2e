import type { IncomingMessage } from "node:http";
import type { GraphQLParams } from "graphql-yoga";
import { DomainError, type Reason } from "../errors.ts";
import type { Admission } from "./admission.ts";
import { isUtf8, parseMediaType } from "./media-type.ts";
import { parseJson } from "./parse-json.ts";

const maxBodySize = 256 * 1024;
const maxVariableLevels = 100;

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads the GraphQL request of a POST body or a GET query string, or a batch of them, and waits for a place. Throws BAD_USER_INPUT, also
 * for a body of more than 256 KiB.
 */
export async function readParams(
  request: IncomingMessage,
  maxBatch: number,
  admission: Pick<Admission, "read" | "enter">,
): Promise<GraphQLParams | GraphQLParams[]> {
  const body = request.method === "POST" ? await readJsonBody(request, admission) : undefined;
  await admission.enter(request);
  const params = body ? parseBody(body) : readQueryString(request.url ?? "");
  if (!Array.isArray(params)) return requireFlat(params);
  if (maxBatch === 1)
    throw invalid("INVALID_REQUEST", "Batches are not accepted here: send one operation in a request.");
  if (params.length === 0 || params.length > maxBatch)
    throw invalid("INVALID_REQUEST", `A batch has 1 to ${maxBatch} operations.`);
  return params.map((one) => requireFlat(requireObject(one)));
}

async function readJsonBody(request: IncomingMessage, { read }: Pick<Admission, "read">): Promise<Buffer> {
  const { "content-type": type = "", "content-encoding": encodings = "" } = request.headers;
  if (!isJson(type))
    throw invalid("UNSUPPORTED_MEDIA_TYPE", "POST requests have to be of content-type application/json, in UTF-8.");
  if (!encodings.split(",").every((one) => /^(?:identity)?$/i.test(one.trim())))
    throw invalid("UNSUPPORTED_MEDIA_TYPE", "Send the body without a content-encoding.");
  return read(request, (receive) => readBody(request, receive));
}

function parseBody(bytes: Buffer): GraphQLParams | unknown[] {
  const body = parseJson(decode(bytes), "The body");
  return Array.isArray(body) ? body : requireObject(body);
}

function isJson(contentType: string): boolean {
  if (contentType === "application/json") return true;
  const type = parseMediaType(contentType);
  return type?.essence === "application/json" && isUtf8(type);
}

/** Reads a body that is too large to its end, without keeping it. A client that still sends would not read the refusal. */
function readBody(request: IncomingMessage, receive: (bytes: number) => void): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const lose = () => reject(invalid("INVALID_REQUEST", "The connection ended before the body did."));
    if (Number(request.headers["content-length"]) > maxBodySize) return reject(tooLarge());
    if (request.destroyed) return lose();
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBodySize) return;
      receive(chunk.length);
      chunks.push(chunk);
    });
    request.once("end", () => (size > maxBodySize ? reject(tooLarge()) : resolve(joined(chunks))));
    request.once("error", lose);
    request.once("close", () => request.readableEnded || lose());
  });
}

/** Most bodies come in one piece. */
function joined(chunks: Buffer[]): Buffer {
  const [only] = chunks;
  return only && chunks.length === 1 ? only : Buffer.concat(chunks);
}

/** Without this check, invalid UTF-8 would be replaced, and stored as a text that nobody sent. */
function decode(bytes: Buffer): string {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    throw invalid("INVALID_REQUEST", "The body is not valid UTF-8.");
  }
}

function readQueryString(url: string): GraphQLParams {
  const text = url.slice(url.indexOf("?") + 1);
  requireDecodable(text);
  const search = new URLSearchParams(text);
  const one = (name: string) => {
    const [value, another] = search.getAll(name);
    if (another !== undefined) throw invalid("INVALID_REQUEST", `The query string has "${name}" more than once.`);
    return value;
  };
  const object = (name: string) => {
    const value = one(name);
    // Yoga refuses a value that is no object.
    return value ? (parseJson(value, `"${name}"`) as Record<string, unknown>) : undefined;
  };
  return {
    query: one("query"),
    operationName: one("operationName"),
    variables: object("variables"),
    extensions: object("extensions"),
  };
}

function requireDecodable(text: string): void {
  try {
    decodeURIComponent(text);
  } catch {
    throw invalid("INVALID_REQUEST", "The query string is not valid UTF-8.");
  }
}

function requireObject(value: unknown): GraphQLParams {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw invalid("INVALID_REQUEST", "A GraphQL request has to be a JSON object.");
}

function requireFlat(params: GraphQLParams): GraphQLParams {
  if (levelsExceed(params.variables, maxVariableLevels))
    throw invalid("INVALID_VARIABLES", `Variables may be nested up to ${maxVariableLevels} levels.`);
  // Some clients send an empty name instead of none.
  return params.operationName === "" ? { ...params, operationName: undefined } : params;
}

/**
 * Throws the error after which clients of automatic persisted queries send the query itself, if they have sent its hash alone. They know
 * this message.
 */
export function requireQuery({ query, extensions }: GraphQLParams): void {
  if (!query && extensions?.persistedQuery)
    throw invalid("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported");
}

/** It works level by level, because recursion could overflow the stack on a value that has to be refused. */
function levelsExceed(value: unknown, limit: number): boolean {
  const isNested = (item: unknown) => typeof item === "object" && item !== null;
  let level = [value].filter(isNested);
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === limit) return true;
    level = level.flatMap((item) => Object.values(item as object)).filter(isNested);
  }
  return false;
}

function tooLarge(): DomainError {
  return invalid("REQUEST_TOO_LARGE", `The request is larger than ${maxBodySize / 1024} KiB.`);
}

function invalid(reason: Reason<"BAD_USER_INPUT">, message: string): DomainError {
  return new DomainError("BAD_USER_INPUT", message, { reason });
}
